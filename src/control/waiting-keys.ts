import type { Config } from '../config/schema.ts';

/** Keys that are read once, when the process starts: sockets, who may use them, and how bytes move. */
const READ_AT_START = [
  'listen',
  'admin',
  'agents',
  'state',
  'workers',
  'transport',
  'log',
] as const satisfies readonly (keyof Config)[];

/** Listeners without what they take while they listen: certificates, keys, and other authorities for clients. */
const asOpened = ({ listen }: Config): object =>
  listen.map(({ tls, ...rest }) => ({
    ...rest,
    tls: tls && { verifiesClients: tls.clientCa !== undefined },
  }));

/** Tokens, certificates and keys are taken while reports come in. */
const agentsAsOpened = ({ agents }: Config): unknown =>
  agents && {
    ...agents,
    tokens: undefined,
    tls: agents.tls && { verifies: agents.tls.clientCa !== undefined },
  };

const readAtStart = (config: Config, key: (typeof READ_AT_START)[number]): unknown => {
  if (key === 'listen') return asOpened(config);
  return key === 'agents' ? agentsAsOpened(config) : config[key];
};

/** Which keys differ between two configurations but take effect only after a restart. */
export const waitingKeys = (running: Config, wanted: Config): readonly string[] =>
  READ_AT_START.filter(
    (key) => JSON.stringify(readAtStart(running, key)) !== JSON.stringify(readAtStart(wanted, key)),
  );
