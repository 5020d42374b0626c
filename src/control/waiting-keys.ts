import type { Config } from '../config/schema.ts';

/** Keys that are read once, when the process starts: sockets and who may use them. */
const READ_AT_START = [
  'listen',
  'admin',
  'agents',
  'workers',
  'log',
] as const satisfies readonly (keyof Config)[];

/** Which keys differ between two configurations but take effect only after a restart. */
export const waitingKeys = (running: Config, wanted: Config): readonly string[] =>
  READ_AT_START.filter((key) => JSON.stringify(running[key]) !== JSON.stringify(wanted[key]));
