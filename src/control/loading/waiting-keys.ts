import type { Config } from '../../config/schema/schema.ts';

/** Keys that are read once, when the process starts: sockets, who may use them, and how bytes move. */
const READ_AT_START = [
  'listen',
  'admin',
  'adminTls',
  'console',
  'user',
  'group',
  'pidFile',
  'agents',
  'state',
  'workers',
  'transport',
  'log',
  'tracing',
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

/** Code is imported once; what is done with traces changes at once. */
const tracingAsLoaded = ({ tracing }: Config): unknown => [tracing?.module, tracing?.spans === true];

/** The certificate and the authorities are taken while it listens. */
const adminAsOpened = ({ adminTls, adminAuth }: Config): readonly boolean[] => [
  adminTls !== undefined,
  adminAuth?.certificates !== undefined,
];

const readAtStart = (config: Config, key: (typeof READ_AT_START)[number]): unknown => {
  if (key === 'listen') return asOpened(config);
  if (key === 'adminTls') return adminAsOpened(config);
  if (key === 'tracing') return tracingAsLoaded(config);
  return key === 'agents' ? agentsAsOpened(config) : config[key];
};

/** Which keys differ between two configurations but take effect only after a restart. */
export const waitingKeys = (running: Config, wanted: Config): readonly string[] =>
  READ_AT_START.filter(
    (key) => JSON.stringify(readAtStart(running, key)) !== JSON.stringify(readAtStart(wanted, key)),
  );

/** The same against the first configuration that it is shown as the running one: what waits goes on waiting. */
export const waitingSinceStart = (): typeof waitingKeys => {
  let started: Config | undefined;
  return (running, wanted) => {
    started ??= running;
    return waitingKeys(started, wanted);
  };
};
