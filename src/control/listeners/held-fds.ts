import { type ListenAddress, parseListenAddress } from '../../config/schema/address.ts';
import type { Config } from '../../config/schema/schema.ts';
import type { ReceiverPlace } from '../fleet/receivers.ts';
import type { ListenTarget } from './listening.ts';

/** Sockets that a parent process holds, by what they are for: `listen 0`, `admin`, `agents 0`. */
export type HeldFds = ReadonlyMap<string, number>;

/** Throws a TypeError for a text that a checked configuration cannot have. */
export const addressFrom = (text: string): ListenAddress => {
  const address = parseListenAddress(text);
  if (!address) throw new TypeError(`${JSON.stringify(text)} is not an address to listen at`);
  return address;
};

/** Where to listen: on the socket of that name if it is held, else at the address. */
export const heldOr = (held: HeldFds | undefined, name: string, text: string): ListenTarget => {
  const fd = held?.get(name);
  return fd === undefined ? addressFrom(text) : { kind: 'held', fd };
};

/** Where reports are received, on held sockets where there are some. */
export const receiverPlaces = (held: HeldFds | undefined, { agents }: Config): readonly ReceiverPlace[] =>
  (agents?.listen ?? []).map((url, i) => ({ url, fd: held?.get(`agents ${i}`) }));

/** The held sockets of the listeners, in their order. */
export const listenFds = (held: HeldFds | undefined, { listen }: Config): readonly number[] =>
  listen.map((_, i) => {
    const fd = held?.get(`listen ${i}`);
    if (fd === undefined) throw new TypeError(`nobody holds the socket of listener ${i}`);
    return fd;
  });
