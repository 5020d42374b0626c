import { connect, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, connect as connectTls } from 'node:tls';
import type { CheckPlace } from './check-spec.ts';

/** A socket that is connecting, and the event that says it is connected and its handshake over. */
export interface OpenSocket {
  readonly socket: Socket;
  readonly ready: 'connect' | 'secureConnect';
}

/** The one below, with what goes out before TLS; its failure is that of the one over it. */
const socketBehind = ({ host, port }: CheckPlace, preamble: Uint8Array): Socket => {
  const socket = connect({ host, port });
  socket.write(preamble);
  return socket;
};

/** Connects for a check: behind the header of the PROXY protocol and by TLS, where these are wanted. */
export const openSocket = (place: CheckPlace): OpenSocket => {
  const { host, port, tls, preamble } = place;
  const below = preamble && socketBehind(place, preamble);
  if (!tls) return { socket: below ?? connect({ host, port }), ready: 'connect' };
  const { verify, servername, ...certificates } = tls;
  const options: ConnectionOptions = {
    ...(below ? { socket: below } : { host, port }),
    ...certificates,
    servername: isIP(servername) === 0 ? servername : '',
    checkServerIdentity: (_, certificate) => checkServerIdentity(servername, certificate),
    rejectUnauthorized: verify,
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
  };
  const socket = connectTls(options);
  below?.on('error', (error) => socket.destroy(error));
  return { socket, ready: 'secureConnect' };
};
