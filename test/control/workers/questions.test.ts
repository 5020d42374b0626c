import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { KeptDecisions } from '../../../src/control/views/views.ts';
import { AskedWorkers } from '../../../src/control/workers/asked-workers.ts';
import type { ToWorker, WorkerAnswer } from '../../../src/control/workers/messages.ts';
import { Questions } from '../../../src/control/workers/questions.ts';
import { answerQuestion } from '../../../src/control/workers/worker-answers.ts';
import { fakeParts } from '../fake-views.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Question = Extract<ToWorker, { kind: 'question' }>;

const explanation = fakeParts().explain({ url: '/' });
if (!explanation || explanation instanceof Promise) throw new TypeError('no explanation');
const ownExplanation = { ...explanation, why: 'as control sees it' };

/** A worker that answers by itself, or says nothing. */
const aWorker = (number: number, questions: Questions, answer?: WorkerAnswer) => {
  const asked: Question[] = [];
  const send = (message: ToWorker): void => {
    if (message.kind !== 'question') return;
    asked.push(message);
    if (answer) questions.answered({ kind: 'answer', number: message.number, answer });
  };
  return { number, send, asked };
};

const recent = (...times: readonly number[]): KeptDecisions =>
  times.map((at, i) => ({
    id: String(i + 1),
    at,
    pool: 'web',
    route: 'all',
    seed: 1,
    chosen: 'a',
    status: 200,
    durationMs: 1,
  }));

describe('a question to a worker', () => {
  it('gets its own answer', async () => {
    const questions = new Questions();
    const worker = aWorker(1, questions);
    const first = questions.ask(worker, { about: 'decisions', kind: 'slow', newest: 1 });
    const second = questions.ask(worker, { about: 'decisions', kind: 'slow', newest: 2 });
    const [one, two] = worker.asked.map(({ number }) => number);
    questions.answered({
      kind: 'answer',
      number: two ?? 0,
      answer: { about: 'decisions', decisions: recent(2) },
    });
    questions.answered({ kind: 'answer', number: one ?? 0, answer: { about: 'decisions', decisions: [] } });
    questions.answered({ kind: 'answer', number: 99, answer: { about: 'explain', answer: null } });
    expect(await first).toEqual({ about: 'decisions', decisions: [] });
    expect(await second).toMatchObject({ decisions: [{ at: 2 }] });
  });

  it('ends after a second without an answer', async () => {
    const questions = new Questions();
    const said = questions.ask(aWorker(1, questions), { about: 'decisions', kind: 'slow', newest: 1 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(await said).toBeUndefined();
  });

  it('ends when the worker does, or cannot be told', async () => {
    const questions = new Questions();
    const question = { about: 'decisions', kind: 'slow', newest: 1 } as const;
    const gone = questions.ask(aWorker(1, questions), question);
    questions.gone(2);
    questions.gone(1);
    expect(await gone).toBeUndefined();
    const send = (_: ToWorker, __?: unknown, sent?: (error: Error | null) => void) =>
      sent?.(new Error('gone'));
    expect(await questions.ask({ number: 3, send }, question)).toBeUndefined();
  });
});

describe('explain', () => {
  const asking = (answers: readonly (WorkerAnswer | undefined)[]) => {
    const questions = new Questions();
    const serving = answers.map((answer, i) => aWorker(i + 1, questions, answer));
    const instance = { explain: () => ownExplanation };
    return { serving, workers: new AskedWorkers({ questions, serving: () => serving, instance }) };
  };

  it('is answered by a worker, each in its turn, which says who it is', async () => {
    const answer: WorkerAnswer = { about: 'explain', answer: explanation };
    const { workers } = asking([answer, answer]);
    const both = [await workers.explain({ url: '/' }), await workers.explain({ url: '/' })];
    expect(both.map((one) => one?.worker).sort()).toEqual([1, 2]);
    expect(both[0]).toMatchObject({ why: explanation.why });
  });

  it('is answered from the board of control where no worker serves, or none answers', async () => {
    expect(await asking([]).workers.explain({ url: '/' })).toBe(ownExplanation);
    const silent = asking([undefined]).workers.explain({ url: '/' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(await silent).toBe(ownExplanation);
  });

  it('says that no route matches', async () => {
    expect(await asking([{ about: 'explain', answer: null }]).workers.explain({ url: '/' })).toBeUndefined();
  });

  it('asks nobody what makes no sense', async () => {
    const { workers, serving } = asking([undefined]);
    await expect(workers.explain({ url: 'ftp://x/' })).rejects.toThrow('expected http or https');
    expect(serving[0]?.asked).toEqual([]);
  });
});

describe('the decisions of all workers', () => {
  it('are those of each, newest first, with the number of the worker', async () => {
    const questions = new Questions();
    const serving = [recent(5, 1), recent(4, 2)].map((decisions, i) =>
      aWorker(i + 1, questions, { about: 'decisions', decisions }),
    );
    const instance = { explain: () => undefined };
    const workers = new AskedWorkers({ questions, serving: () => serving, instance });
    const joined = await workers.decisions('recent', 3);
    expect(joined.map(({ id, at }) => [id, at])).toEqual([
      ['1-1', 5],
      ['2-1', 4],
      ['2-2', 2],
    ]);
    expect(serving[0]?.asked[0]?.question).toEqual({ about: 'decisions', kind: 'recent', newest: 3 });
  });
});

describe('a worker answers', () => {
  const parts = {
    instance: { explain: ({ url }: { url: string }) => (url === '/' ? explanation : undefined) },
    traffic: { keptDecisions: (_: string, newest: number) => recent(1, 2, 3).slice(0, newest) },
  };

  it.each([
    [
      { about: 'explain', question: { url: '/' } },
      { about: 'explain', answer: explanation },
    ],
    [
      { about: 'explain', question: { url: '/x' } },
      { about: 'explain', answer: null },
    ],
    [
      { about: 'decisions', kind: 'recent', newest: 2 },
      { about: 'decisions', decisions: recent(1, 2) },
    ],
  ] as const)('%j', (question, answer) => {
    expect(answerQuestion(parts, { kind: 'question', number: 7, question })).toEqual({
      kind: 'answer',
      number: 7,
      answer,
    });
  });
});
