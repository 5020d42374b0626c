import { once } from 'node:events';
import type { Server } from 'node:net';

/** A server of the agent that others can ask. */
export interface Listening {
  /** `host:port`, as it really is. */
  readonly address: string;
  /** Takes no more connections and ends those there are. */
  close(): Promise<void>;
}

export interface ListenAt {
  readonly host: string;
  /** 0 stands for any free port. */
  readonly port: number;
}

const addressOf = (server: Server): string => {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') return String(bound);
  return bound.family === 'IPv6' ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
};

/** Listens. Rejects with what the system says of an address that cannot be had; later faults are nobody's. */
export const listenAt = async (
  server: Server,
  { host, port }: ListenAt,
  endConnections: () => void,
): Promise<Listening> => {
  server.listen({ host, port });
  await once(server, 'listening');
  server.on('error', () => undefined);
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    endConnections();
    await closed;
  };
  return { address: addressOf(server), close };
};
