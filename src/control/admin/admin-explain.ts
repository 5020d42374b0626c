import { isIP } from 'node:net';
import { z } from '../../core/options.ts';
import type { AdminParts, ExplainQuestion } from '../views/views.ts';
import { type Answer, errorAnswer, jsonAnswer } from './admin-answer.ts';
import { readQuestion } from './admin-question.ts';

/** What may be asked. */
export const questionBody = z.strictObject({
  url: z.string().min(1).max(8192),
  method: z
    .string()
    .regex(/^[\w!#$%&'*+.^`|~-]{1,32}$/, 'expected a method')
    .exactOptional(),
  headers: z.record(z.string().max(256), z.string().max(8192)).exactOptional(),
  from: z
    .string()
    .refine((from) => isIP(from) !== 0, 'expected an IP address')
    .exactOptional(),
});

/** Code of a question that makes no sense. */
const BAD = 'bad_question';

const ask = async (parts: AdminParts, asked: ExplainQuestion): Promise<Answer> => {
  try {
    const answer = await parts.explain(asked);
    if (answer) return jsonAnswer(answer);
    return errorAnswer(404, 'no_route', 'no route matches this request');
  } catch (thrown) {
    if (thrown instanceof TypeError) return errorAnswer(400, BAD, thrown.message);
    throw thrown;
  }
};

/** Answers a question about a request that is not sent. */
export const explainAnswer = async (parts: AdminParts, body: string): Promise<Answer> => {
  const read = readQuestion(body, questionBody, BAD);
  return 'fault' in read ? read.fault : ask(parts, read.value);
};
