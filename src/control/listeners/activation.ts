import { closeSync } from 'node:fs';
import type { ListenerConfig } from '../../config/schema/schema.ts';
import type { HeldFd } from '../../transport/listen-fds.ts';
import type { HeldSocket } from './held-sockets.ts';

/** A descriptor that was handed to us. Closed once: its number may be that of something else by the next time. */
const handedSocket = (fd: number): HeldSocket => {
  let isOpen = true;
  const close = (): void => {
    if (isOpen) closeSync(fd);
    isOpen = false;
  };
  return { handle: fd, close };
};

/**
 * The sockets that systemd opened for us, by index of the listener that each is for: first by name, then in order.
 * Throws Error with a sentence where there are more sockets than listeners.
 */
export const activatedSockets = (
  listen: readonly ListenerConfig[],
  given: readonly HeldFd[],
): ReadonlyMap<number, HeldSocket> => {
  if (given.length > listen.length)
    throw new Error(`there are ${given.length} sockets in LISTEN_FDS, and ${listen.length} in \`listen\``);
  const assigned = new Map<number, HeldSocket>();
  const inOrder: HeldSocket[] = [];
  for (const { name, fd } of given) {
    const i = listen.findIndex((one) => one.name !== undefined && one.name === name);
    const socket = handedSocket(fd);
    if (i === -1 || assigned.has(i)) inOrder.push(socket);
    else assigned.set(i, socket);
  }
  for (const i of listen.keys()) {
    const next = assigned.has(i) ? undefined : inOrder.shift();
    if (next) assigned.set(i, next);
  }
  return assigned;
};

/** The environment without what says of sockets: they are not meant for children. */
export const withoutActivation = ({
  LISTEN_PID: _pid,
  LISTEN_FDS: _fds,
  LISTEN_FDNAMES: _names,
  ...rest
}: NodeJS.ProcessEnv): NodeJS.ProcessEnv => rest;
