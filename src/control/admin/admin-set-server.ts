import { parseDuration, z } from '../../core/options.ts';
import type { HandFault, HandOrder } from '../hands.ts';
import type { AdminParts } from '../views.ts';
import { type Answer, errorAnswer, jsonAnswer } from './admin-answer.ts';

/** What a timer can wait for, as for every duration. */
const LONGEST_MS = 2_147_483_647;
const FOR = 'expected a duration such as 10m or a number of ms above 0, at most 24 days';

const order = z
  .strictObject({
    server: z.string().min(1).max(512),
    pool: z.string().min(1).max(128).optional(),
    state: z.enum(['ready', 'drain', 'maint']).optional(),
    weight: z.number().min(0).max(256).optional(),
    reason: z
      .string()
      .max(200)
      .regex(/^\P{Cc}*$/u, 'expected text without control characters')
      .optional(),
    for: z
      .union([z.number(), z.string().transform((text) => parseDuration(text) ?? Number.NaN)])
      .refine((ms) => ms > 0 && ms <= LONGEST_MS, FOR)
      .optional(),
  })
  .refine(({ state, weight }) => state !== undefined || weight !== undefined, 'expected a state or a weight');

const STATUS: Readonly<Record<HandFault['code'], number>> = {
  unknown: 404,
  ambiguous: 409,
  full: 409,
  store: 503,
};

const badSet = (message: string): Answer => errorAnswer(400, 'bad_set', message);

const readOrder = (body: string): HandOrder | Answer => {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return errorAnswer(400, 'bad_json', 'the body is not JSON');
  }
  const read = order.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    const path = issue?.path.join('.') ?? '';
    return badSet(path ? `${path}: ${issue?.message}` : `${issue?.message}`);
  }
  const { server, pool, state, weight, reason, for: forMs } = read.data;
  return {
    server,
    ...(pool === undefined ? {} : { pool }),
    ...(state === undefined ? {} : { state }),
    ...(weight === undefined ? {} : { weight }),
    ...(reason === undefined ? {} : { reason }),
    ...(forMs === undefined ? {} : { forMs }),
  };
};

/** Sets the state or weight of a server by hand, and answers with the server. */
export const setServer = async (parts: Pick<AdminParts, 'setServer'>, body: string): Promise<Answer> => {
  const asked = readOrder(body);
  if ('status' in asked) return asked;
  const done = await parts.setServer(asked);
  return 'code' in done ? errorAnswer(STATUS[done.code], done.code, done.message) : jsonAnswer(done);
};
