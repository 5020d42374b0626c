import { isIP } from 'node:net';
import { z } from '../../core/options.ts';
import type { AdminParts, ExplainQuestion } from '../views.ts';
import { type Answer, errorAnswer, jsonAnswer } from './admin-answer.ts';

const question = z.strictObject({
  url: z.string().min(1).max(8192),
  method: z
    .string()
    .regex(/^[\w!#$%&'*+.^`|~-]{1,32}$/, 'expected a method')
    .optional(),
  headers: z.record(z.string().max(256), z.string().max(8192)).optional(),
  from: z
    .string()
    .refine((from) => isIP(from) !== 0, 'expected an IP address')
    .optional(),
});

const badQuestion = (message: string): Answer => errorAnswer(400, 'bad_question', message);

const readQuestion = (body: string): ExplainQuestion | Answer => {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return errorAnswer(400, 'bad_json', 'the body is not JSON');
  }
  const read = question.safeParse(value);
  if (read.success) return read.data as ExplainQuestion;
  const [issue] = read.error.issues;
  const path = issue?.path.join('.') ?? '';
  return badQuestion(path ? `${path}: ${issue?.message}` : `${issue?.message}`);
};

const ask = async (parts: AdminParts, asked: ExplainQuestion): Promise<Answer> => {
  try {
    const answer = await parts.explain(asked);
    if (answer) return jsonAnswer(answer);
    return errorAnswer(404, 'no_route', 'no route matches this request');
  } catch (thrown) {
    if (thrown instanceof TypeError) return badQuestion(thrown.message);
    throw thrown;
  }
};

/** Answers a question about a request that is not sent. */
export const explainAnswer = async (parts: AdminParts, body: string): Promise<Answer> => {
  const asked = readQuestion(body);
  return 'status' in asked ? asked : ask(parts, asked);
};
