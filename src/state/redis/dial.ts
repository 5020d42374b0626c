import net from 'node:net';
import tls from 'node:tls';
import type { Millis } from '../../core/types.ts';
import type { RedisAddress } from './redis-address.ts';

/** A connection that is made, down to TLS. */
export interface Line {
  readonly stream: net.Socket;
  /** So many bytes have come. */
  readonly heard: number;
  /** From now on it keeps no process alive. */
  unref(): void;
  /**
   * Ends it at once and leaves nothing behind. A socket that is closed as usual lives on in the kernel until the other
   * side has taken what was written: after a cut of the network, old messages would arrive minutes late.
   */
  reset(): void;
}

const secure = (socket: net.Socket, { host, tls: settings }: RedisAddress): net.Socket => {
  if (!settings) return socket;
  const { verify = true, servername, ...identity } = settings;
  const name = servername ?? (net.isIP(host) === 0 ? host : undefined);
  return tls.connect({
    socket,
    host,
    rejectUnauthorized: verify,
    ...(name === undefined ? {} : { servername: name }),
    ...identity,
  });
};

const reasonOf = (error: Error & { readonly code?: string }): string =>
  error.message || error.code || 'the connection failed';

/** Waits for an event of a socket; rejects when it fails or ends before. Leaves no listener behind. */
const eventOf = (socket: net.Socket, event: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      socket.off(event, onEvent).off('error', onError).off('close', onClose);
      settle();
    };
    const onEvent = (): void => end(resolve);
    const onError = (error: Error): void => end(() => reject(new Error(reasonOf(error))));
    const onClose = (): void => end(() => reject(new Error('the connection was closed')));
    socket.on(event, onEvent).on('error', onError).on('close', onClose);
  });

/** Connects. Rejects, with an error that says why, when that fails or takes longer than `limit`. */
export const dial = async (address: RedisAddress, limit: Millis): Promise<Line> => {
  const socket = net.connect({ host: address.host, port: address.port, noDelay: true });
  // Whoever waits hears of a fault by the events above; one that comes later ends in 'close'.
  socket.on('error', () => undefined);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    socket.destroy();
  }, limit);
  try {
    await eventOf(socket, 'connect');
    const stream = secure(socket, address);
    if (stream !== socket)
      await eventOf(
        stream.on('error', () => undefined),
        'secureConnect',
      );
    return {
      stream,
      get heard() {
        return socket.bytesRead;
      },
      unref: () => void socket.unref(),
      reset: () => void socket.resetAndDestroy(),
    };
  } catch (thrown) {
    socket.destroy();
    throw late ? new Error(`no connection within ${limit} ms`) : thrown;
  } finally {
    clearTimeout(timer);
  }
};
