import { z } from '../../core/options.ts';
import { parsePasswordHash } from '../../password/password-hash.ts';
import { parseListenAddress } from './address.ts';
import { addressRange, fileName, manyOf, name, secret } from './schema-parts.ts';

/** The keys that say who may use the admin listener, and as whom the proxy runs. */

const scope = () => z.enum(['read', 'write']);

/** The message never shows the value. */
const passwordHash = () =>
  z.string().refine((text) => parsePasswordHash(text) !== undefined, {
    error: 'expected a hash as `forehand hash-password` prints it',
  });

const people = () => manyOf(z.string().min(1).max(256), 1000).exactOptional();

const user = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(128)
    .regex(/^[^:\p{Cc}]*$/u, { error: 'a user has no colon and no control characters in the name' })
    .describe('as it is typed; unique'),
  hash: passwordHash().exactOptional().describe('of the password, from `forehand hash-password`'),
  hashFile: fileName().exactOptional().describe('file that holds the hash'),
  scope: scope().default('write').describe('`read` to look, `write` to change things too'),
});

const passwords = z.strictObject({
  users: manyOf(user, 1000).describe('who may come'),
  realm: z
    .string()
    .regex(/^[^"\\\p{Cc}]{1,64}$/u, {
      error: 'expected 1 to 64 characters without quotes, backslashes and control characters',
    })
    .default('forehand')
    .describe('what browsers show when they ask for the password'),
});

const basic = z
  .union([passwords, z.array(user).min(1).max(1000)])
  .transform(
    (given): z.output<typeof passwords> =>
      Array.isArray(given) ? { users: given, realm: 'forehand' } : given,
  )
  .describe('user and password');

/** The message never shows the value. */
const token = z.union(
  [
    z.strictObject({
      name: name().exactOptional().describe('for logs and events; unique; `token-1` and so on if left out'),
      token: secret().min(1, { error: 'the token is empty' }).exactOptional().describe('what is shown'),
      tokenFile: fileName()
        .exactOptional()
        .describe('file that holds the token; of several, one a line, each is taken'),
      scope: scope().default('read').describe('`read` to look, `write` to change things too'),
    }),
    secret().min(1, { error: 'the token is empty' }),
  ],
  { error: () => 'expected a token as text, or a mapping such as { name: ops, token: ..., scope: write }' },
);

const bearer = manyOf(token, 1000)
  .transform((given) =>
    given.map((one, i) => ({
      name: `token-${i + 1}`,
      ...(typeof one === 'string' ? { token: one, scope: 'read' as const } : one),
    })),
  )
  .describe('tokens, for programs and for the form of the page');

const certificates = z
  .strictObject({
    ca: fileName().describe('PEM file of authorities whose certificates let in'),
    write: people().describe('common names that may change things; all if left out'),
  })
  .describe('certificates of clients; needs `adminTls`');

const fieldName = () =>
  z.string().regex(/^[!#$%&'*+.^_`|~\w-]{1,64}$/, { error: 'expected the name of a header field' });

const proxy = z
  .strictObject({
    header: fieldName().default('X-Forwarded-User').describe('field in which the proxy says who it is'),
    from: manyOf(addressRange(), 256).describe('addresses of the proxy that is believed'),
    groupsHeader: fieldName().exactOptional().describe('field with the groups, with commas between'),
    write: people().describe('users and groups that may change things; all if left out'),
  })
  .describe('a proxy in front that has asked already, such as oauth2-proxy');

const adminAuth = z
  .strictObject(
    {
      basic: basic.exactOptional(),
      bearer: bearer.exactOptional(),
      certificates: certificates.exactOptional(),
      proxy: proxy.exactOptional(),
    },
    {
      error: ({ input }) =>
        input === 'none' || input === false
          ? 'nobody is asked where `adminAuth` is left out, on a loopback address or a unix socket; leave it out'
          : undefined,
    },
  )
  .describe('who may use the admin listener; one way that passes is enough; everybody if left out');

const account = () =>
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,30}\$?$/, { error: 'expected the name of an account' });

const pathAlone = (text: string): string => (text.startsWith('/') ? `; write \`unix:${text}\`` : '');

/** Keys at the top of the file. */
export const adminShape = {
  adminAuth: adminAuth.exactOptional(),
  adminTls: z
    .strictObject({
      cert: fileName().describe('PEM file: the certificate, then those that lead to its authority'),
      key: fileName().describe('PEM file: its private key, not encrypted'),
    })
    .exactOptional()
    .describe('TLS for the admin listener'),
  adminHosts: manyOf(
    z.string().regex(/^(?:[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[?[0-9a-f:]+\]?)$/i, {
      error: ({ input }) => `expected a name without scheme and port, got ${JSON.stringify(input)}`,
    }),
    64,
    0,
  )
    .prefault([])
    .describe('further names in the Host field that mean the admin listener'),
  console: z
    .string()
    .refine((text) => parseListenAddress(text)?.kind === 'unix', {
      error: ({ input }) =>
        `expected a socket by its whole path, such as unix:/run/forehand/console.sock, got ${JSON.stringify(input)}${pathAlone(String(input))}`,
    })
    .exactOptional()
    .describe('socket for commands of scripts, `unix:/path`; none if left out'),
  user: account()
    .exactOptional()
    .describe('account to run as, once the sockets are open; needs root at the start'),
  group: account().exactOptional().describe('group to run as; the first one of `user` if left out'),
  pidFile: fileName()
    .exactOptional()
    .describe('file with the number of the process that takes signals, while it runs'),
};
