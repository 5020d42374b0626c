import type { AdminParts } from '../../views/views.ts';
import { type Answer, errorAnswer, jsonAnswer } from '../admin-answer.ts';

/** Has the program end as by TERM. The answer comes before it does. */
export const quitAnswer = ({ quit }: Pick<AdminParts, 'quit'>): Answer => {
  if (!quit) return errorAnswer(409, 'not_ours', 'this proxy is part of another program, which ends it');
  quit();
  return jsonAnswer({ quitting: true }, 202);
};
