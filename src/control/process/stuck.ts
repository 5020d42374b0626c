/** Number of the descriptor on which the watchdog of a process names a function that does not return. */
export const STUCK_FD = 3;
/** Environment variable with the functions that start bypassed, as a JSON list of name and hash. */
export const STUCK_VARIABLE = 'FOREHAND_STUCK';

/** A version of a user's function that did not return. */
export interface StuckFunction {
  readonly name: string;
  readonly hash: string;
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** Reads the watchdog's line; undefined for anything else. */
export const stuckFunction = (line: string): StuckFunction | undefined => {
  try {
    const { stuck, hash } = JSON.parse(line) as { stuck?: unknown; hash?: unknown };
    return isText(stuck) && isText(hash) ? { name: stuck, hash } : undefined;
  } catch {
    return undefined;
  }
};

/** The functions that an earlier process got stuck in, as the supervisor tells its child. */
export const stuckFunctions = (env: NodeJS.ProcessEnv): readonly StuckFunction[] => {
  const list: unknown = JSON.parse(env[STUCK_VARIABLE] ?? '[]');
  return Array.isArray(list)
    ? list.filter((item): item is StuckFunction => isText(item?.name) && isText(item?.hash))
    : [];
};
