import { parseDuration, z } from '../../core/options.ts';
import type { HandFault, HandOrder } from '../hands.ts';
import type { AdminParts } from '../views.ts';
import { type Answer, errorAnswer, jsonAnswer } from './admin-answer.ts';
import { type Read, readQuestion } from './admin-question.ts';

/** What a timer can wait for, as for every duration. */
const LONGEST_MS = 2_147_483_647;
const FOR = 'expected a duration such as 10m or a number of ms above 0, at most 24 days';

const order = z
  .strictObject({
    server: z.string().min(1).max(512),
    pool: z.string().min(1).max(128).exactOptional(),
    state: z.enum(['ready', 'drain', 'maint']).exactOptional(),
    weight: z.number().min(0).max(256).exactOptional(),
    reason: z
      .string()
      .max(200)
      .regex(/^\P{Cc}*$/u, 'expected text without control characters')
      .exactOptional(),
    for: z
      .union([z.number(), z.string().transform((text) => parseDuration(text) ?? Number.NaN)])
      .refine((ms) => ms > 0 && ms <= LONGEST_MS, FOR)
      .exactOptional(),
  })
  .refine(({ state, weight }) => state !== undefined || weight !== undefined, 'expected a state or a weight');

const STATUS: Readonly<Record<HandFault['code'], number>> = {
  unknown: 404,
  ambiguous: 409,
  full: 409,
  store: 503,
};

const readOrder = (body: string): Read<HandOrder> => {
  const read = readQuestion(body, order, 'bad_set');
  if ('fault' in read) return read;
  const { for: forMs, ...rest } = read.value;
  return { value: { ...rest, ...(forMs === undefined ? {} : { forMs }) } };
};

/** Sets the state or weight of a server by hand, and answers with the server. */
export const setServer = async (parts: Pick<AdminParts, 'setServer'>, body: string): Promise<Answer> => {
  const read = readOrder(body);
  if ('fault' in read) return read.fault;
  const done = await parts.setServer(read.value);
  return 'code' in done ? errorAnswer(STATUS[done.code], done.code, done.message) : jsonAnswer(done);
};
