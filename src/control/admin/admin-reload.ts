import { z } from '../../core/options.ts';
import type { AdminParts } from '../views/views.ts';
import { type Answer, jsonAnswer } from './admin-answer.ts';
import { readQuestion } from './admin-question.ts';

/** How to reload. */
export const reloadBody = z.strictObject({
  dryRun: z.boolean().exactOptional().meta({ description: 'checks and changes nothing' }),
});

/** Loads the configuration again, or says what that would do: 409 where it is refused. The body may be left out. */
export const reloadAnswer = async (
  parts: Pick<AdminParts, 'reload' | 'tryReload'>,
  body: string,
): Promise<Answer> => {
  const read = readQuestion(body === '' ? '{}' : body, reloadBody, 'bad_question');
  if ('fault' in read) return read.fault;
  const result = await (read.value.dryRun === true ? parts.tryReload() : parts.reload());
  return jsonAnswer(result, result.ok ? 200 : 409);
};
