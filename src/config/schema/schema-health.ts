import { ejectionOptions } from '../../../candidacy/not-ejected.ts';
import { fraction, z } from '../../core/options.ts';
import { limit } from './schema-parts.ts';

/** Servers are not asked more often. */
const SHORTEST_MS = 100;

const shown = (input: unknown): string => JSON.stringify(input);

const rangeFault = (input: unknown): string =>
  `expected a status such as 200, or a range such as 200-399, got ${shown(input)}`;

const isRange = (text: string): boolean => {
  const [, from = '', to = from] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(text) ?? [];
  return from !== '' && from <= to;
};

const status = z
  .union([z.int().transform(String), z.string()], { error: ({ input }) => rangeFault(input) })
  .transform((text) => text.replace(/^([1-5])xx$/i, '$100-$199'))
  .refine(isRange, { error: ({ input }) => rangeFault(input) });

const checkPath = z.string().regex(/^\/[\x21-\x22\x24-\x7e]{0,1023}$/, {
  error: ({ input }) =>
    `expected a path that starts with /, with a query or without, at most 1024 characters, got ${shown(input)}`,
});

const host = z.string().regex(/^[\w.-]{1,255}(:\d{1,5})?$|^\[[0-9a-f:.]{2,64}\](:\d{1,5})?$/i, {
  error: ({ input }) => `expected a host such as www.example.com, got ${shown(input)}`,
});

/** They belong to the connection or to the framing, which are not for people to say. */
const NOT_FOR_PEOPLE: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const nameFault = (name: string): string =>
  name.toLowerCase() === 'host'
    ? 'the field Host is said with `host`, beside `headers`'
    : `expected the name of a header field that is not about the connection, got ${shown(name)}`;

const isFieldName = (name: string): boolean =>
  /^[\w!#$%&'*+.^`|~-]{1,64}$/.test(name) && !NOT_FOR_PEOPLE.has(name.toLowerCase());

/** The messages never show a value: it may be a secret. */
const fieldValue = z
  .string({ error: 'expected text; put a value that looks like a number in quotes' })
  .regex(/^[\x20-\x7e]{0,1024}$/, { error: 'expected printable ASCII, at most 1024 characters' });

const headers = z
  .record(z.string().refine(isFieldName, { error: ({ input }) => nameFault(String(input)) }), fieldValue)
  .refine((fields) => Object.keys(fields).length <= 32, { error: 'expected at most 32 header fields' });

const healthShape = {
  type: z
    .enum(['http', 'tcp'])
    .exactOptional()
    .describe('a request, or only a connection; `http` where `path` is given, else `tcp`'),
  path: checkPath.exactOptional().describe('what is asked for; `/` if left out'),
  method: z.enum(['GET', 'HEAD', 'OPTIONS']).exactOptional().describe('GET if left out'),
  host: host.exactOptional().describe('field Host; that of the URL if left out'),
  headers: headers.exactOptional().describe('further header fields'),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .exactOptional()
    .describe("another port than the server's, at the same address; without TLS"),
  status: z
    .union([status.transform((one) => [one]), z.array(status).min(1).max(64)])
    .exactOptional()
    .describe('statuses that are good, alone or as ranges; 200-399 if left out'),
  body: z
    .string()
    .min(1)
    .max(1024)
    .exactOptional()
    .describe('text that the first 64 KiB of the answer must contain'),
  interval: limit()
    .refine((millis) => millis >= SHORTEST_MS, { error: 'expected at least 100ms' })
    .prefault('2s')
    .describe('time between two checks of a server'),
  jitter: fraction().default(0.1).describe('by what part of it these times differ, 0 to 1'),
  timeout: limit().prefault('1s').describe('for a whole check'),
  rise: z.int().min(1).max(100).default(2).describe('good checks in a row that bring a server up'),
  fall: z.int().min(1).max(100).default(3).describe('bad checks in a row that take it down'),
  initial: z
    .enum(['unknown', 'up', 'down'])
    .default('unknown')
    .describe(
      'before the first check: `unknown` is used until that says otherwise, `up` until `fall` do, `down` is not used',
    ),
};

const healthObject = z.strictObject(healthShape);

type Written = z.output<typeof healthObject>;

const HTTP_KEYS = ['path', 'method', 'host', 'headers', 'status', 'body'] as const;

const isHttp = ({ type, path }: Written): boolean =>
  type === 'http' || (type === undefined && path !== undefined);

type Complain = (key: (typeof HTTP_KEYS)[number], message: string) => void;

const keysFit = (written: Written, complain: Complain): void => {
  if (written.method === 'HEAD' && written.body !== undefined)
    complain('body', 'an answer to HEAD has no body');
  if (isHttp(written)) return;
  for (const key of HTTP_KEYS) {
    if (written[key] === undefined) continue;
    const isTcp = written.type === 'tcp';
    complain(
      key,
      isTcp ? `\`${key}\` does not go with \`type: tcp\`` : `\`${key}\` is for HTTP: give \`path\` too`,
    );
  }
};

const settled = (written: Written) => ({ ...written, type: isHttp(written) ? 'http' : 'tcp' }) as const;

/** A path alone, a kind of check alone, or nothing but that there are to be checks. */
const shortly = (given: true | string): ReturnType<typeof settled> => {
  if (given === true) return settled(healthObject.parse({}));
  return settled(healthObject.parse(given.startsWith('/') ? { path: given } : { type: given }));
};

/** How the servers of a pool are checked; `false`: they are not even tried when something makes them suspect. */
export const healthSchema = z
  .union([
    z.boolean(),
    z.enum(['http', 'tcp']),
    checkPath,
    healthObject
      .superRefine((written, context) =>
        keysFit(written, (key, message) => context.addIssue({ code: 'custom', path: [key], message })),
      )
      .transform(settled),
  ])
  .transform((given) => (given === false || typeof given === 'object' ? given : shortly(given)))
  .describe(
    'regular checks of each server: a path, `http`, `tcp` or `true` (connects), or a mapping; `false`: not even when something makes one suspect',
  );

/** Options of `notEjected` for all chains over a pool; `false` takes it out of them. */
export const outlierSchema = z
  .union([z.boolean(), ejectionOptions])
  .transform((given) => (given === true ? ejectionOptions.parse({}) : given))
  .describe(
    'when servers that fail or are slow are left out: options of `notEjected`; `true` for its defaults, `false` for never',
  );
