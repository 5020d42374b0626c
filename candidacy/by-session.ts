import { defineCandidacy } from '../src/core/candidacy.ts';
import { explained } from '../src/core/making.ts';
import { z } from '../src/core/options.ts';
import type { RequestView, Server } from '../src/core/types.ts';
import { queryParameter } from './parts/query-parameter.ts';

const options = z.strictObject({
  /** Name of the cookie or of the query parameter. PHPSESSID is mod_backhand's default, and PHP's. */
  identifier: z
    .string()
    .regex(/^[\w!#$'*+.^`|~-]{1,128}$/, 'expected the name of a cookie, such as PHPSESSID')
    .default('PHPSESSID'),
  by: z.enum(['address', 'id']).default('address'),
  /** `session`: the value under this name in the data of the client's session, where its route has them. */
  from: z.enum(['cookie', 'session']).default('cookie'),
});

const decoded = (value: string): string => {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
};

const inData = ({ session }: RequestView, identifier: string): string | undefined => {
  const value = session && Object.hasOwn(session, identifier) ? session[identifier] : undefined;
  return typeof value === 'string' ? value : undefined;
};

const sessionOf = (request: RequestView, identifier: string): string | undefined => {
  const value = request.cookie(identifier) ?? queryParameter(request.query, identifier);
  return value === undefined ? undefined : decoded(value);
};

/** `0a000007...` is 10.0.0.7: eight hexadecimal digits in network order. */
const addressIn = (session: string): string | undefined => {
  const [digits] = /^[0-9a-f]{8}/i.exec(session) ?? [];
  return digits
    ?.match(/../g)
    ?.map((byte) => Number.parseInt(byte, 16))
    .join('.');
};

const byAddress = (servers: readonly Server[], session: string): readonly Server[] => {
  const address = addressIn(session);
  return address === undefined ? [] : servers.filter(({ url }) => url.hostname === address);
};

/** An id may hold dots itself (`10.0.0.7:80`), so the longest that fits is meant. */
const byId = (servers: readonly Server[], session: string): readonly Server[] => {
  let named: Server | undefined;
  for (const server of servers) {
    const { id } = server;
    const fits = session.startsWith(id) && (session.length === id.length || session[id.length] === '.');
    if (fits && id.length > (named?.id.length ?? 0)) named = server;
  }
  return named ? [named] : [];
};

/**
 * Keeps a session on the server that began it: the session's identifier, in a cookie or else in the query, names the
 * server. A preference: if that server fails, the others are tried. Without a session, or where no server in the list
 * is meant, the list stays as it is.
 *
 * - Formula: `by: address` keeps the servers whose URL has the IPv4 address that the first eight hexadecimal digits
 *   say; `by: id` keeps the server whose id is the value, or the value up to a `.`.
 * - Example: `- bySession: JSESSIONID` or `- bySession: { identifier: route, by: id }`; with the proxy's own sessions
 *   `- bySession: { from: session, identifier: server, by: id }`.
 * - Missing stats: reads none.
 * - Cost: O(n).
 * - Source: mod_backhand's `bySession`, which read one Cookie field only.
 */
export const bySession = defineCandidacy({
  name: 'bySession',
  summary: 'prefers the server that the session in a cookie or in the query names',
  kind: 'cut',
  options,
  shorthand: 'identifier',
  create: ({ identifier, by, from }) => {
    const find = by === 'id' ? byId : byAddress;
    return explained(
      (servers, { request }) => {
        const session = from === 'session' ? inData(request, identifier) : sessionOf(request, identifier);
        const named = session === undefined ? [] : find(servers, session);
        return named.length === 0 ? servers : named;
      },
      { reason: () => 'is not the server of this session' },
    );
  },
});
