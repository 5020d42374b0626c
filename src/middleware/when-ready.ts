import { messageOf } from '../core/errors.ts';
import type { Millis } from '../core/types.ts';

/** A request goes on with what is known when what it waits for has not been found out by then. */
const LONGEST_MS: Millis = 5000;

/** The border of the request path: a fault of ours is an answer, never the end of the process. */
export const safely = <T>(step: () => T, otherwise: T): T => {
  try {
    return step();
  } catch (thrown) {
    process.emitWarning(`a request could not be judged: ${messageOf(thrown)}`, 'ForehandWarning');
    return otherwise;
  }
};

/**
 * Goes on, once: at once where `waits` says false, else when it calls back, or after five seconds. `failed` is called in its
 * place where `waits` throws.
 */
export const whenReady = (waits: (go: () => void) => boolean, goOn: () => void, failed: () => void): void => {
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const end = (then: () => void): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    then();
  };
  const isWaiting = safely<boolean | undefined>(() => waits(() => end(goOn)), undefined);
  if (isWaiting === undefined) end(failed);
  else if (!isWaiting) end(goOn);
  else if (!isOver) timer = setTimeout(() => end(goOn), LONGEST_MS);
};
