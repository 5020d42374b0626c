import { size, z } from '../../core/options.ts';
import { redisUrl } from './schema-fleet.ts';
import { fileName, limit } from './schema-parts.ts';

/** The keys for what the proxy remembers of clients: sessions, and the server of each. */

/** A guess of a short one can be tried on a cookie as often as one likes. */
const LEAST_SECRET = 16;

const oneSecret = () =>
  z
    .string({ error: 'expected text; put a secret that looks like a number in quotes' })
    .regex(/^[\x21-\x7e]*$/, { error: 'a secret is of visible ASCII characters, without spaces' })
    .min(LEAST_SECRET, { error: `a secret has at least ${LEAST_SECRET} characters: openssl rand -hex 32` })
    .max(1024, { error: 'a secret has at most 1024 characters' });

const secretShape = {
  secret: z
    .union([oneSecret(), z.array(oneSecret()).min(1).max(8)])
    .exactOptional()
    .describe('what cookies are signed with; of several the first signs, and all are known'),
  secretFile: fileName()
    .exactOptional()
    .describe('file that holds the secret; of several, one a line, the first signs'),
};

const cookieName = () =>
  z.string().regex(/^[\w!#$'*+.^`|~-]{1,64}$/, {
    error: ({ input }) => `expected the name of a cookie, such as sid, got ${JSON.stringify(input)}`,
  });

const cookieShape = {
  secure: z
    .union([z.literal('auto'), z.boolean()])
    .default('auto')
    .describe('the cookie is sent by https only; `auto`: where the client came by https'),
  sameSite: z
    .enum(['Lax', 'Strict', 'None'])
    .default('Lax')
    .describe('whether the cookie comes along with requests that other sites cause'),
  path: z
    .string()
    .regex(/^\/[\x21-\x3a\x3c-\x7e]*$/, {
      error: ({ input }) => `expected a path that starts with /, got ${JSON.stringify(input)}`,
    })
    .default('/')
    .describe('the cookie is for what lies below it'),
};

export const sessionsSchema = z
  .strictObject({
    cookie: cookieName().default('sid').describe('name of the cookie'),
    ttl: limit().prefault('30m').describe('an unused session is forgotten after that'),
    store: z
      .enum(['memory', 'redis'])
      .default('memory')
      .describe('`memory`: each process has its own; `redis`: all proxies have the same'),
    url: redisUrl.exactOptional().describe('where Redis or Valkey is; that of `state` if left out'),
    passwordFile: fileName().exactOptional().describe('file that holds the password of the user in `url`'),
    ...secretShape,
    ...cookieShape,
    maxEntries: z
      .int()
      .min(1)
      .max(10_000_000)
      .default(100_000)
      .describe('sessions in memory; beyond that the one unused for longest goes'),
    maxBytes: size()
      .refine((bytes) => bytes >= 64 && bytes <= 1_048_576, { error: 'expected 64B to 1MiB' })
      .prefault('4KiB')
      .describe('data of one session, as JSON'),
  })
  .describe('data of clients that handlers write and candidacy functions read');

const stickyObject = z.strictObject({
  cookie: cookieName()
    .exactOptional()
    .describe('name of the cookie; `fh-` and the name of the pool if left out'),
  ttl: limit().exactOptional().describe('how long browsers keep it; until they are closed if left out'),
  ...secretShape,
  ...cookieShape,
  httpOnly: z.boolean().default(true).describe('scripts of pages cannot read it'),
  onLost: z
    .enum(['rechoose', 'refuse'])
    .default('rechoose')
    .describe('where the server takes no requests: another one, or 503'),
});

export const stickySchema = z
  .union([z.literal(true), cookieName(), stickyObject])
  .transform(
    (given): z.output<typeof stickyObject> =>
      typeof given === 'object' ? given : stickyObject.parse(given === true ? {} : { cookie: given }),
  )
  .describe('a signed cookie keeps each client on its server');

/** In routes and locations. */
export const routeSessions = z.boolean().describe('requests get the data of their client; needs `sessions`');

type Written<Schema extends z.ZodType<{ secret?: string | string[] }>> = Readonly<
  Omit<z.output<Schema>, 'secret'> & { secret?: string | readonly string[] }
>;

/** Sessions as they were written, with their defaults. */
export type WrittenSessions = Written<typeof sessionsSchema>;
/** The sticky cookie of a pool as it was written, with its defaults. */
export type WrittenSticky = Written<typeof stickySchema>;
