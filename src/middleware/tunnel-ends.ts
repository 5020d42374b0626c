import type { Duplex } from 'node:stream';
import type { Millis } from '../core/types.ts';
import { closeGently } from './answer.ts';
import type { Termination } from './door-parts.ts';

/** One side has ended: the other may say its last words, but is not waited for as long as an open tunnel. */
const HALF_OPEN_MS = 10_000;

interface Ends {
  readonly client: Duplex;
  readonly server: Duplex;
}

const NAMES = ['client', 'server'] as const;

/**
 * Watches the two sockets of an open tunnel, whose bytes somebody else moves, until both are done. What one side sent
 * before it ended arrives. A side that breaks off breaks off the other; silence for `idleMs` ends both.
 */
export const joinEnds = (
  ends: Ends,
  idleMs: Millis,
  onBytes: (from: keyof Ends, bytes: number) => void,
  onEnd: (termination: Termination) => void,
): void => {
  let open = true;
  let timer = setTimeout(() => end('idle_timeout'), idleMs);
  const end = (termination: Termination): void => {
    if (!open) return;
    open = false;
    clearTimeout(timer);
    const orderly = termination === 'ok';
    for (const name of NAMES)
      if (orderly) closeGently(ends[name]);
      else ends[name].destroy();
    onEnd(termination);
  };
  const halfOpen = (): void => {
    if (ends.client.readableEnded && ends.server.readableEnded) end('ok');
    if (!open) return;
    clearTimeout(timer);
    timer = setTimeout(() => end('ok'), Math.min(HALF_OPEN_MS, idleMs));
  };
  for (const name of NAMES) {
    const abort = name === 'client' ? 'client_abort' : 'server_abort';
    ends[name]
      .on('data', (chunk: Buffer) => {
        timer.refresh();
        onBytes(name, chunk.length);
      })
      .once('end', halfOpen)
      .on('error', () => end(abort))
      .once('close', () => end(ends[name].readableEnded ? 'ok' : abort));
  }
};
