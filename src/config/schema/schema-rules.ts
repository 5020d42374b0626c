import { duration, z } from '../../core/options.ts';
import { parsePasswordHash } from '../../password/password-hash.ts';
import { refusedField } from '../../rules/header-names.ts';
import { FIELD_PLACEHOLDERS, LOCATION_PLACEHOLDERS, unknownPlaceholder } from '../../rules/template.ts';
import { didYouMean } from '../reading/suggest.ts';
import { fileName, manyOf } from './schema-parts.ts';
import { accessRule, fieldName, fieldValue, pathPattern, prefix, scriptPath } from './schema-rule-parts.ts';

/** The keys of routes and of locations that say more than where a request goes. */

const access = (text: string) => manyOf(accessRule(), 1000).exactOptional().describe(text);

const user = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(128)
    .regex(/^[^:\p{Cc}]*$/u, { error: 'a user has no colon and no control characters in the name' })
    .describe('as it is typed; unique'),
  hash: z
    .string()
    .refine((text) => parsePasswordHash(text) !== undefined, {
      error: 'expected a hash as `forehand hash-password` prints it',
    })
    .exactOptional()
    .describe('of the password, from `forehand hash-password`'),
  hashFile: fileName().exactOptional().describe('file that holds the hash'),
});

const auth = z
  .strictObject({
    realm: z
      .string()
      .regex(/^[^"\\\p{Cc}\u0100-\uffff]{1,64}$/u, {
        error: 'expected 1 to 64 characters without quotes, backslashes and control characters',
      })
      .default('restricted')
      .describe('what browsers show when they ask for the password'),
    users: manyOf(user, 1000).describe('who may come'),
  })
  .describe('name and password (Basic)');

const rateLimit = z
  .strictObject({
    requests: z.int().min(1).max(1_000_000_000).describe('how many'),
    per: duration()
      .refine((millis) => millis >= 1 && millis <= 86_400_000, { error: 'expected 1ms to 24h' })
      .describe('in what time'),
    burst: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .exactOptional()
      .describe('how many of them at once; `requests` if left out'),
    key: z
      .string()
      .regex(/^(?:client|(?:header|cookie):[!#$%&'*+.^_`|~\w-]{1,64})$/, {
        error: ({ input }) =>
          `expected \`client\`, \`header:NAME\` or \`cookie:NAME\`, got ${JSON.stringify(input)}`,
      })
      .default('client')
      .describe('whose requests are counted together: `client`, `header:NAME` or `cookie:NAME`'),
  })
  .describe('most requests of one client in a time; what goes beyond is answered 429');

const placeholders = (known: readonly string[]) => (text: string, context: z.RefinementCtx) => {
  const unknown = unknownPlaceholder(text, known);
  if (unknown === undefined) return;
  const meant = didYouMean(unknown, known);
  const names = known.map((name) => `{${name}}`).join(' ');
  const message = `unknown placeholder {${unknown}}; ${meant ?? `known: ${names}`}`;
  context.addIssue({ code: 'custom', message });
};

const location = z
  .string()
  .max(2048)
  .regex(/^(?:\/(?![/\\])|\{path\}|https?:\/\/[^/\\]|\{scheme\}:\/\/[^/\\])[\x21-\x7e]*$/i, {
    error: ({ input }) =>
      `expected a path, or a URL such as https://{host}{path}{query}, got ${JSON.stringify(input)}`,
  })
  .superRefine(placeholders(LOCATION_PLACEHOLDERS))
  .describe('path or URL; {scheme} {host} {path} {query} are those of the request');

const redirect = z
  .union([
    location,
    z.strictObject({
      to: location,
      status: z
        .union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)])
        .default(308)
        .describe('308 and 307 keep the method; 308 and 301 are kept by browsers'),
    }),
  ])
  .transform((given) => (typeof given === 'string' ? { to: given, status: 308 as const } : given))
  .describe('sends clients elsewhere');

/** A field that rules may change. */
const editedField = () =>
  fieldName().superRefine((name, context) => {
    const why = refusedField(name);
    if (why !== undefined)
      context.addIssue({ code: 'custom', message: `\`${name}\` cannot be changed: ${why}` });
  });

const fixedAnswer = z.strictObject({
  status: z.int().min(200).max(599).default(200).describe('of the answer'),
  body: z.string().max(1_048_576).exactOptional().describe('content'),
  bodyFile: fileName().exactOptional().describe('file with the content: text, at most 1 MiB'),
  contentType: fieldValue()
    .exactOptional()
    .describe('of the content; by the name of `bodyFile`, else plain text, if left out'),
  headers: z.record(editedField(), fieldValue()).default({}).describe('further fields'),
});

const respond = z
  .union([fixedAnswer, fixedAnswer.shape.body.unwrap(), fixedAnswer.shape.status.unwrap()])
  .transform((given): z.output<typeof fixedAnswer> => {
    if (typeof given === 'string') return { status: 200, body: given, headers: {} };
    return typeof given === 'number' ? { status: given, headers: {} } : given;
  })
  .describe('always the same answer: text, a status, or a mapping with more to say');

const edits = (whose: string) => {
  const value = () => fieldValue().superRefine(placeholders(FIELD_PLACEHOLDERS));
  const values = z
    .union([value(), z.array(value()).min(1).max(64)])
    .transform((given): readonly string[] => (typeof given === 'string' ? [given] : given));
  return z
    .strictObject({
      set: z
        .record(editedField(), value())
        .default({})
        .describe('fields that get this value, whatever they had'),
      add: z.record(editedField(), values).default({}).describe('fields that are added to those there are'),
      remove: manyOf(editedField(), 100, 0).prefault([]).describe('fields that are left out'),
    })
    .describe(`changes to the header fields of ${whose}; {clientIp} and the like are put in`);
};

const rewriteRule = z.strictObject({
  from: pathPattern().describe('regular expression that begins with `^`, for the path'),
  to: z
    .string()
    .regex(/^(?:\/(?![/\\])[\x21-\x7e]*|https?:\/\/[\w.:-]+(?:\/[\x21-\x7e]*)?)$/i, {
      error: ({ input }) => `expected a path or a URL, got ${JSON.stringify(input)}`,
    })
    .describe('path or URL instead; $1, $2 ... are its groups'),
});

const rewrite = z
  .union([
    scriptPath(),
    z
      .array(z.union([scriptPath(), rewriteRule]))
      .min(1)
      .max(100),
  ])
  .transform((given) => (typeof given === 'string' ? [given] : given))
  .describe('changes to the path: rules of which the first that matches holds, and functions');

const pageStatus = z.string().regex(/^[45](?:\d\d|xx)$/, {
  error: ({ input }) => `expected a status such as 404, or a class such as 5xx, got ${JSON.stringify(input)}`,
});

/** Files in place of our own texts. */
export const errorPagesSchema = z
  .record(pageStatus, fileName())
  .describe('files to answer with instead of our own words, by status (`"404"`) or class (`5xx`)');

/** Keys that hold for a request whatever answers it. */
export const guardShape = {
  allow: access('who may come: addresses, ranges, host names, `.suffixes`, functions; everybody if left out'),
  deny: access('who may not come, even if `allow` lets them'),
  auth: auth.exactOptional(),
  rateLimit: rateLimit.exactOptional(),
  paths: z
    .enum(['asSent', 'resolved'])
    .exactOptional()
    .describe('servers get the path as the client sent it, or with its dot segments resolved'),
  encodedSlashes: z
    .enum(['keep', 'refuse'])
    .exactOptional()
    .describe('what becomes of a path with %2F, %5C or a backslash: it is kept, or answered 400'),
  requestHeaders: edits('requests').exactOptional(),
  answerHeaders: edits('answers').exactOptional(),
  errorPages: errorPagesSchema.exactOptional(),
};

/** Keys that say what answers, beside `pool` and `files` and `handler`, and what becomes of the path on the way. */
export const answerShape = {
  redirect: redirect.exactOptional(),
  respond: respond.exactOptional(),
  rewrite: rewrite.exactOptional(),
  stripPrefix: prefix()
    .exactOptional()
    .describe(
      "begin of the path that the server does not get; with `files` alone, the route's path if left out",
    ),
  addPrefix: prefix().exactOptional().describe('what the server gets before the path'),
};

/** What a request has to have in its header to be meant. */
export const headersMatchSchema = z
  .record(fieldName(), z.union([z.string().max(1024), z.literal(true)]))
  .refine((fields) => Object.keys(fields).length <= 32, { error: 'expected at most 32 fields' })
  .transform((fields) =>
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value])),
  )
  .describe('fields that a request must have: the value, or `true` for any');
