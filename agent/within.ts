import type { Millis } from '../src/core/types.ts';

/** The result of some work, or a rejection with a message once it has taken too long. The timer keeps no process alive. */
export const within = <Value>(limit: Millis, work: Promise<Value>, message: string): Promise<Value> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), limit);
    timer.unref();
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
};
