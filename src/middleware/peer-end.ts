import type { Duplex } from 'node:stream';

/**
 * Calls back when the other side of a socket ends it, while nobody may read what it sends: nothing is consumed.
 * @returns what ends the watch, before somebody reads.
 */
export const whenPeerEnds = (socket: Duplex, ended: () => void): (() => void) => {
  // A stream says `end` only when it is read; reading nothing is enough.
  const look = (): void => void socket.read(0);
  socket.on('readable', look).once('end', ended);
  return () => void socket.off('readable', look).off('end', ended);
};
