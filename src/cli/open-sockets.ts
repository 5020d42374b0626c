import { parseListenAddress } from '../config/schema/address.ts';
import type { Config } from '../config/schema/schema.ts';
import { activatedSockets } from '../control/listeners/activation.ts';
import { canHoldSockets, type HeldSocket, holdSocket } from '../control/listeners/held-sockets.ts';
import type { HeldFd } from '../transport/listen-fds.ts';

/** Sockets that this process holds for another one, and what each is for: `listen 0`, `admin`, `console`, `agents 0`. */
export interface OpenSockets {
  readonly names: readonly string[];
  readonly sockets: readonly HeldSocket[];
}

interface Wanted {
  readonly name: string;
  readonly text: string;
  /** It is open already. */
  readonly socket?: HeldSocket | undefined;
}

const wantedBy = (
  { listen, admin, console, agents }: Config,
  given: readonly HeldFd[],
): readonly Wanted[] => {
  const activated = activatedSockets(listen, given);
  const reports = (agents?.listen ?? []).map((text, i) => ({ name: `agents ${i}`, text }));
  const all: readonly Wanted[] = [
    ...listen.map(({ address }, i) => ({ name: `listen ${i}`, text: address, socket: activated.get(i) })),
    ...(admin === false ? [] : [{ name: 'admin', text: admin }]),
    ...(console === undefined ? [] : [{ name: 'console', text: console }]),
    ...reports.filter(({ text }) => /^https?:/i.test(text)),
  ];
  return canHoldSockets ? all : all.filter(({ socket }) => socket);
};

const held = async ({ name, text, socket }: Wanted): Promise<HeldSocket> => {
  if (socket) return socket;
  const address = parseListenAddress(text.replace(/^https:/i, 'http:'));
  if (!address) throw new TypeError(`${JSON.stringify(text)} is not an address to listen at`);
  return holdSocket(address, text, name === 'admin' || name === 'console');
};

/**
 * Opens the sockets of a configuration, as far as they can be held for another process and were not handed to us.
 * Rejects with a reason that a person can act on, and with nothing left open.
 */
export const openSockets = async (config: Config, given: readonly HeldFd[]): Promise<OpenSockets> => {
  const wanted = wantedBy(config, given);
  const sockets: HeldSocket[] = [];
  try {
    for (const one of wanted) sockets.push(await held(one));
  } catch (thrown) {
    for (const socket of sockets) socket.close();
    throw thrown;
  }
  return { names: wanted.map(({ name }) => name), sockets };
};
