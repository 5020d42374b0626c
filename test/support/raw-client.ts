import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

const PATIENCE_MS = 20_000;

/** A client that says what it wants, byte by byte. Text is latin1. */
export interface RawClient {
  readonly socket: Socket;
  /** Everything heard so far. */
  heard(): string;
  send(data: string | Buffer): void;
  /** Resolves with all that was heard once it matches. Rejects when the connection closes before, or patience ends. */
  hears(pattern: RegExp): Promise<string>;
  /** Resolves when the connection has closed, with all that was heard and whether it was reset. */
  closed(): Promise<{ readonly text: string; readonly reset: boolean }>;
}

const within = async <T>(promise: Promise<T>, what: () => string): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(what())), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
};

/** Connects a raw client that whoever asked for it has to close. */
export const dialRaw = async (port: number): Promise<RawClient> => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  let text = '';
  let reset = false;
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.once('end', () => socket.end());
  socket.on('error', () => {
    reset = true;
  });
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  const hears = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(text)) return;
        socket.off('data', look);
        resolve(text);
      };
      socket.on('data', look);
      void gone.then(() =>
        pattern.test(text) ? resolve(text) : reject(new Error(`closed before ${pattern}: ${text}`)),
      );
      look();
    });
  return {
    socket,
    heard: () => text,
    send: (data) => void socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data),
    hears: (pattern) => within(hears(pattern), () => `did not hear ${pattern} but: ${text.slice(0, 2000)}`),
    closed: () =>
      within(
        gone.then(() => ({ text, reset })),
        () => `did not close; heard: ${text.slice(0, 2000)}`,
      ),
  };
};

/** Connects a raw client for one test. */
export const connectRaw = async (port: number): Promise<RawClient> => {
  const client = await dialRaw(port);
  onTestFinished(() => void client.socket.destroy());
  return client;
};

/** Sends one request on its own connection, and hears all until that closes. */
export const askRaw = async (port: number, request: string): Promise<string> => {
  const client = await connectRaw(port);
  client.send(request);
  return (await client.closed()).text;
};
