import type { Socket } from 'node:net';
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

/** What comes behind waiting. */
export interface Ready {
  goOn(): void;
  /** In its place where `waits` throws. */
  failed(): void;
}

/** Goes on, once: at once where `waits` says false, else when it calls back, when the client leaves, or after five seconds. */
export const whenReady = (
  socket: Pick<Socket, 'once' | 'removeListener'>,
  waits: (go: () => void) => boolean,
  { goOn, failed }: Ready,
): void => {
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const end = (then: () => void): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    socket.removeListener('close', left);
    then();
  };
  const left = (): void => end(goOn);
  const isWaiting = safely<boolean | undefined>(() => waits(() => end(goOn)), undefined);
  if (isWaiting === undefined) end(failed);
  else if (!isWaiting) end(goOn);
  else if (!isOver) {
    timer = setTimeout(() => end(goOn), LONGEST_MS);
    socket.once('close', left);
  }
};
