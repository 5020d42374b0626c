import { rm, stat } from 'node:fs/promises';
import type { Server, Socket } from 'node:net';
import { connect } from 'node:net';
import type { ListenAddress } from '../../config/schema/address.ts';
import type { SharedSocket } from '../../transport/connection.ts';

/** Where to listen. A held socket is one that a parent process opened and passed down. */
export type ListenTarget =
  | ListenAddress
  | { readonly kind: 'held'; readonly fd: number; readonly shared?: SharedSocket };

/** The address that a listening server got, as people write it. Empty for a unix socket that a parent opened. */
export const listeningAt = (server: Server): string => {
  const address = server.address();
  if (address === null) return '';
  if (typeof address === 'string') return address && `unix:${address}`;
  return address.family === 'IPv6'
    ? `[${address.address}]:${address.port}`
    : `${address.address}:${address.port}`;
};

const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe: Socket = connect(path);
    const end = (alive: boolean) => () => {
      probe.destroy();
      resolve(alive);
    };
    probe.setTimeout(1000, end(true));
    probe.once('connect', end(true)).once('error', end(false));
  });

/** Removes a unix socket that a dead process left behind. One that still answers is not touched. */
export const removeStaleSocket = async (path: string): Promise<void> => {
  const found = await stat(path).catch(() => undefined);
  if (found?.isSocket() && !(await answers(path))) await rm(path, { force: true });
};

const HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use; is another forehand running there?',
  EACCES: 'permission denied; use a port above 1023, or give node the capability to bind low ports',
  EADDRNOTAVAIL: 'this machine has no such address',
};

/** What went wrong when listening, with what to do about it. */
export const listenFault = (what: string, error: NodeJS.ErrnoException): Error =>
  new Error(`listen ${what}: ${HINTS[error.code ?? ''] ?? error.message}`, { cause: error });

const targetOf = (address: ListenTarget): object => {
  if (address.kind === 'held') return { fd: address.fd };
  return address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };
};

/** Runs what makes a unix socket so that nobody but this user can connect to it. */
export const madePrivately = <Result>(isPrivate: boolean, make: () => Result): Result => {
  if (!isPrivate) return make();
  const before = process.umask(0o177);
  try {
    return make();
  } finally {
    process.umask(before);
  }
};

/**
 * Starts to listen. Resolves when connections are accepted; rejects with a reason that a person can act on.
 * `isPrivate`: a unix socket is for this user alone.
 */
export const listenOn = async (
  server: Server,
  address: ListenTarget,
  what: string,
  isPrivate = false,
): Promise<void> => {
  if (address.kind === 'unix') await removeStaleSocket(address.path);
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => reject(listenFault(what, error));
    server.once('error', fail);
    const listening = (): void => {
      server.off('error', fail);
      resolve();
    };
    madePrivately(isPrivate, () => server.listen(targetOf(address), listening));
  });
};
