import { questionedRequest } from '../decisions/explain-request.ts';
import type { Instance } from '../instance.ts';
import type { ExplainAnswer, ExplainQuestion, KeptDecisions, KeptKind } from '../views/views.ts';
import type { Questions } from './questions.ts';
import type { WorkerProcess } from './worker-process.ts';

export interface AskedWorkersParts {
  readonly questions: Pick<Questions, 'ask'>;
  /** Those that serve now. */
  serving(): readonly Pick<WorkerProcess, 'number' | 'send'>[];
  /** Who answers where none of them does. */
  readonly instance: Pick<Instance, 'explain'>;
}

/** Gathers from workers what a person asks and only they can say. */
export class AskedWorkers {
  readonly #parts: AskedWorkersParts;
  #turn = 0;

  constructor(parts: AskedWorkersParts) {
    this.#parts = parts;
  }

  /**
   * What the chain of a worker would answer: a worker knows what it has seen itself, such as who is ejected, which the
   * board of control does not. The workers take turns; where none answers, control's own board is asked. Rejects with a
   * TypeError for a question that makes no sense.
   */
  async explain(question: ExplainQuestion): Promise<ExplainAnswer | undefined> {
    questionedRequest(question);
    const { questions, instance } = this.#parts;
    const serving = this.#parts.serving();
    this.#turn += 1;
    const worker = serving[this.#turn % serving.length];
    const said = worker && (await questions.ask(worker, { about: 'explain', question }));
    if (!worker || said?.about !== 'explain') return instance.explain(question);
    return said.answer ? { ...said.answer, worker: worker.number } : undefined;
  }

  /** The decisions of all workers, newest first; ids begin with the number of the worker. */
  async decisions(kind: KeptKind, newest: number): Promise<KeptDecisions> {
    const { questions, serving } = this.#parts;
    const answers = await Promise.all(
      serving().map(async (worker) => {
        const said = await questions.ask(worker, { about: 'decisions', kind, newest });
        const decisions = said?.about === 'decisions' ? said.decisions : [];
        return decisions.map((decision) => ({ ...decision, id: `${worker.number}-${decision.id}` }));
      }),
    );
    return answers
      .flat()
      .sort((a, b) => b.at - a.at)
      .slice(0, newest);
  }
}
