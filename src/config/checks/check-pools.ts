import { addressOf, hostAndPort, parseAddressRule, parseServerUrl, portOf } from '../../core/accept.ts';
import type { Problem } from '../../core/errors.ts';
import { anError, knownHelp } from '../reading/problem.ts';
import type { Locate, Path } from '../reading/sourced.ts';
import type { WrittenPool } from '../schema/schema.ts';
import { readEntry, readOptions } from './links.ts';
import type { Check } from './parts.ts';

type Servers = WrittenPool['servers'];

/** Says of everything that was there before where it was. */
const repeated = (
  what: string,
  values: readonly string[],
  locate: (index: number) => ReturnType<Locate>,
): readonly Problem[] => {
  const first = new Map<string, number>();
  return values.flatMap((value, i) => {
    const earlier = first.get(value);
    if (earlier === undefined) first.set(value, i);
    return earlier === undefined
      ? []
      : [anError(`the ${what} \`${value}\` is that of servers[${earlier}] already`, locate(i))];
  });
};

const addressAt = (url: string): string => {
  const parsed = parseServerUrl(url);
  return parsed ? hostAndPort(parsed) : url;
};

/** A server with the same address has the same id too unless it was given another; that is told once. */
const serversDiffer = (pool: string, servers: Servers, locate: Locate): readonly Problem[] => {
  const at = (i: number) => locate(['pools', pool, 'servers', i]);
  const sameAddress = repeated(
    'address',
    servers.map(({ url }) => addressAt(url)),
    at,
  );
  const told = new Set(sameAddress.map(({ path }) => path));
  const sameId = repeated(
    'id',
    servers.map(({ id }) => id),
    at,
  );
  return [...sameAddress, ...sameId.filter(({ path }) => !told.has(path))];
};

/** An id that an agent may yet announce, in a pool that accepts announcements. */
const mayComeLater = (id: string, accept: readonly string[]): boolean => {
  const url = parseServerUrl(`http://${id}`);
  return (
    url !== undefined && accept.some((text) => parseAddressRule(text)?.allows(addressOf(url), portOf(url)))
  );
};

const selfIsKnown = (
  pool: string,
  { self, servers, accept, discovery }: Partial<WrittenPool>,
  locate: Locate,
): readonly Problem[] => {
  if (self === undefined || !servers || !accept || discovery) return [];
  const ids = servers.map(({ id }) => id);
  if (ids.includes(self) || mayComeLater(self, accept)) return [];
  const message = `\`self\` names no server of this pool: ${JSON.stringify(self)}`;
  return [anError(message, locate(['pools', pool, 'self']), knownHelp(self, ids))];
};

const discoveryHolds = (
  pool: string,
  { discovery }: Partial<WrittenPool>,
  locate: Locate,
): readonly Problem[] =>
  discovery && (discovery.dns ?? discovery.file) === undefined
    ? [anError('expected `dns` or `file`', locate(['pools', pool, 'discovery'], 'key'))]
    : [];

const poolsHoldServers: Check = ({ pools }, locate) =>
  [...pools].flatMap(([name, pool]) => {
    const { servers = [], accept } = pool;
    if (pool.servers?.length === 0 && accept?.length === 0 && !pool.discovery)
      return [
        anError(
          `pool \`${name}\` has no servers, accepts none and discovers none`,
          locate(['pools', name], 'key'),
        ),
      ];
    return [
      ...serversDiffer(name, servers, locate),
      ...selfIsKnown(name, pool, locate),
      ...discoveryHolds(name, pool, locate),
    ];
  });

/** What is wrong with a chain as it is written, at its path. Scripts are looked at when they are loaded. */
export const chainHolds = (
  chain: WrittenPool['chain'] | undefined,
  path: Path,
  locate: Locate,
): readonly Problem[] => {
  if (chain === undefined || typeof chain === 'string') return [];
  return chain.flatMap((written, i) => {
    const entry = readEntry(written, [...path, i], locate);
    if ('problems' in entry) return entry.problems;
    if (entry.value.kind === 'script') return [];
    const options = readOptions(entry.value.candidacy, entry.value, locate);
    return 'problems' in options ? options.problems : [];
  });
};

const chainsHold: Check = ({ pools, routes = [] }, locate) => [
  ...[...pools].flatMap(([name, { chain, shadow }]) => [
    ...chainHolds(chain, ['pools', name, 'chain'], locate),
    ...chainHolds(shadow?.chain, ['pools', name, 'shadow', 'chain'], locate),
  ]),
  ...routes.flatMap(({ chain }, i) => chainHolds(chain, ['routes', i, 'chain'], locate)),
];

export const POOL_CHECKS: readonly Check[] = [poolsHoldServers, chainsHold];
