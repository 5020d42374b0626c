import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { AdminCertificates } from '../../../config/completing/admin-auth.ts';
import type { Caller } from './caller.ts';

/**
 * Who shows a certificate of one of the authorities: TLS has looked at it when the connection was made. Undefined where
 * there is none, or one that was not good. A certificate without one common name may come without a name.
 */
export const certificateCaller = (socket: Socket, { write }: AdminCertificates): Caller | undefined => {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const subject: unknown = socket.getPeerCertificate().subject?.CN;
  const name = typeof subject === 'string' && !/\p{Cc}/u.test(subject) ? subject : null;
  const isWriter = write === undefined || (name !== null && write.includes(name));
  return { name, scope: isWriter ? 'write' : 'read', by: 'certificate' };
};
