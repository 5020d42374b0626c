import type { Model } from '../config/planning/model.ts';
import { isServer } from '../core/route-rules.ts';
import type { Server } from '../core/types.ts';
import type { LocalServers } from '../local/local-servers.ts';
import type { EngineParts } from '../proxy/settings.ts';

/** The parts of the engine that a server is handed to. */
type ServerParts = Required<Pick<EngineParts, 'begin' | 'ended' | 'loadReport' | 'connect'>>;

const NOTHING = (): void => undefined;

/** The same parts for servers inside this process, too: nothing of these is counted, for they are on no board. */
export const withLocalServers = (local: LocalServers, parts: ServerParts): ServerParts => ({
  begin: (server, now) => (local.has(server) ? NOTHING : parts.begin(server, now)),
  ended: (server, outcome) => {
    if (!local.has(server)) parts.ended(server, outcome);
  },
  loadReport: (server, format, text) => {
    if (!local.has(server)) parts.loadReport(server, format, text);
  },
  connect: (server, address, owner, client) =>
    local.connect(server, owner) ?? parts.connect(server, address, owner, client),
});

/** The servers inside this process that routes lead to. */
export const localServersOf = ({ routeList }: Model): readonly Server[] =>
  routeList.flatMap(({ rules }) => (rules?.local && isServer(rules.local) ? [rules.local] : []));
