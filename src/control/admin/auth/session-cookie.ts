import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { setCookie } from '../../../sessions/cookie-line.ts';
import { SESSION_SECONDS } from './sessions.ts';

/** What `randomBytes(32)` is in base64url. */
const ID = /^[\w-]{43}$/;
/** Others can add cookies of the same name; more than these are not looked at. */
const MOST = 4;

/** Cookies know no ports, so two proxies on one machine need two names. `__Host-` keeps it from other hosts. */
const cookieName = ({ socket }: IncomingMessage): string => {
  const prefix = socket instanceof TLSSocket ? '__Host-' : '';
  return `${prefix}forehand_session${socket.localPort === undefined ? '' : `_${socket.localPort}`}`;
};

/** The ids of sessions that a request brings along, without those that can be none. */
export const sessionIds = (req: IncomingMessage): readonly string[] => {
  const start = `${cookieName(req)}=`;
  return (req.headers.cookie ?? '')
    .split(';')
    .flatMap((pair) => {
      const text = pair.trim();
      return text.startsWith(start) && ID.test(text.slice(start.length)) ? [text.slice(start.length)] : [];
    })
    .slice(0, MOST);
};

/** The value of Set-Cookie that begins a session; without an id, that ends it. */
export const sessionCookie = (req: IncomingMessage, id?: string): string => {
  const maxAge = id === undefined ? 0 : SESSION_SECONDS;
  const secure = req.socket instanceof TLSSocket;
  const settings = {
    cookie: cookieName(req),
    path: '/',
    maxAge,
    httpOnly: true,
    secure,
    sameSite: 'Strict',
  } as const;
  return setCookie(settings, id ?? '', secure);
};
