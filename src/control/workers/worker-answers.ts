import type { Instance } from '../instance.ts';
import type { Traffic } from '../traffic.ts';
import type { ToControl, ToWorker, WorkerAnswer, WorkerQuestion } from './messages.ts';

/** The parts of a worker that questions are about. */
export interface AskedParts {
  readonly instance: Pick<Instance, 'explain'>;
  readonly traffic: Pick<Traffic, 'keptDecisions'>;
}

const answerTo = ({ instance, traffic }: AskedParts, question: WorkerQuestion): WorkerAnswer =>
  question.about === 'explain'
    ? { about: 'explain', answer: instance.explain(question.question) ?? null }
    : { about: 'decisions', decisions: traffic.keptDecisions(question.kind, question.newest) };

/** What a worker says to a question of control's. */
export const answerQuestion = (
  parts: AskedParts,
  { number, question }: Extract<ToWorker, { kind: 'question' }>,
): Extract<ToControl, { kind: 'answer' }> => ({ kind: 'answer', number, answer: answerTo(parts, question) });
