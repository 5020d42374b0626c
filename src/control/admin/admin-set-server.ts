import type { IncomingMessage } from 'node:http';
import { parseDuration, z } from '../../core/options.ts';
import type { HandFault, HandOrder } from '../hands.ts';
import type { AdminParts } from '../views/views.ts';
import { type Answer, errorAnswer, jsonAnswer } from './admin-answer.ts';
import { readQuestion } from './admin-question.ts';
import { callerOf } from './auth/caller.ts';

/** What a timer can wait for, as for every duration. */
const LONGEST_MS = 2_147_483_647;
const FOR = 'expected a duration such as 10m or a number of ms above 0, at most 24 days';

/** Words for a state, those of the metrics and of other proxies among them, and the state that each means. */
const STATES = {
  ready: 'ready',
  drain: 'drain',
  maint: 'maint',
  up: 'ready',
  draining: 'drain',
  maintenance: 'maint',
} as const;

const stateFault = (given: unknown): string => {
  const fault = `expected \`ready\`, \`drain\` or \`maint\`, got ${JSON.stringify(given)}`;
  return given === 'down' ? `${fault}; \`maint\` keeps all requests away` : fault;
};

const state = z
  .enum(['ready', 'drain', 'maint', 'up', 'draining', 'maintenance'], {
    error: ({ input }) => stateFault(input),
  })
  .transform((word) => STATES[word]);

const change = {
  pool: z.string().min(1).max(128).exactOptional(),
  state: state.exactOptional(),
  weight: z.number().min(0).max(256).exactOptional(),
  reason: z
    .string()
    .max(200)
    .regex(/^\P{Cc}*$/u, 'expected text without control characters')
    .nullable()
    .exactOptional(),
  for: z
    .union([z.number(), z.string().transform((text) => parseDuration(text) ?? Number.NaN)])
    .refine((ms) => ms > 0 && ms <= LONGEST_MS, FOR)
    .nullable()
    .exactOptional(),
};

/** An order says at least one of the two. */
const saysSomething = ({ state, weight }: Pick<HandOrder, 'state' | 'weight'>): boolean =>
  state !== undefined || weight !== undefined;
const SAYS_NOTHING = 'expected a state or a weight';

/** An order with the server that it is for. */
export const orderBody = z
  .strictObject({ server: z.string().min(1).max(512), ...change })
  .refine(saysSomething, SAYS_NOTHING);
/** An order for the server that the path names. */
export const stateBody = z.strictObject(change).refine(saysSomething, SAYS_NOTHING);

const STATUS: Readonly<Record<HandFault['code'], number>> = {
  unknown: 404,
  ambiguous: 409,
  full: 409,
  store: 503,
};

type Ordered = z.output<typeof stateBody>;

/** What is `null` is left out. */
const toOrder = (server: string, { for: forMs, reason, ...rest }: Ordered): HandOrder => ({
  server,
  ...rest,
  ...(typeof reason === 'string' ? { reason } : {}),
  ...(typeof forMs === 'number' ? { forMs } : {}),
});

/** In the name of who asks, where that is known. */
const carryOut = async (
  parts: Pick<AdminParts, 'setServer'>,
  order: HandOrder,
  req: IncomingMessage | undefined,
): Promise<Answer> => {
  const by = req && callerOf(req).name;
  const done = await parts.setServer(by ? { ...order, by } : order);
  return 'code' in done ? errorAnswer(STATUS[done.code], done.code, done.message) : jsonAnswer(done);
};

/** Sets the state or weight of a server by hand, and answers with the server. */
export const setServer = async (
  parts: Pick<AdminParts, 'setServer'>,
  body: string,
  req?: IncomingMessage,
): Promise<Answer> => {
  const read = readQuestion(body, orderBody, 'bad_set');
  if ('fault' in read) return read.fault;
  const { server, ...rest } = read.value;
  return carryOut(parts, toOrder(server, rest), req);
};

/** The same for the server of this id. */
export const setState = async (
  parts: Pick<AdminParts, 'setServer'>,
  id: string,
  body: string,
  req?: IncomingMessage,
): Promise<Answer> => {
  const read = readQuestion(body, stateBody, 'bad_set');
  return 'fault' in read ? read.fault : carryOut(parts, toOrder(id, read.value), req);
};
