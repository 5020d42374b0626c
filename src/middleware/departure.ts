import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Answers that wait their turn, by connection. One listener for all of them: a client may send many in one go. */
const waiting = new WeakMap<Duplex, Set<() => void>>();

const waitersOn = (socket: Duplex): Set<() => void> => {
  const known = waiting.get(socket);
  if (known) return known;
  const waiters = new Set<() => void>();
  waiting.set(socket, waiters);
  socket.once('close', () => {
    for (const gone of waiters) gone();
  });
  return waiters;
};

/**
 * Calls back when an answer can reach its client no more: sent whole, or its connection lost. Node tells this only to
 * the answer that has the connection. One that waits behind another (pipelining) would never hear of it, so its
 * connection is watched meanwhile.
 */
export const whenClosed = (req: IncomingMessage, res: ServerResponse, closed: () => void): void => {
  res.once('close', closed);
  if (res.destroyed || req.socket?.destroyed) process.nextTick(closed);
  else if (res.socket === null) {
    const waiters = waitersOn(req.socket);
    waiters.add(closed);
    res.once('socket', () => waiters.delete(closed));
  }
};
