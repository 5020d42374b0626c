import { isDeepStrictEqual } from 'node:util';
import type { ToldState } from '../core/server-spec.ts';
import type { Millis } from '../core/types.ts';
import { type AgentSaid, joinAnswer, parseAgentCheck } from './agent-check-answer.ts';
import { type AgentLine, type AgentPlace, askAgent, type Question } from './ask-agent.ts';

/** A server whose agent is asked. */
export interface CheckTarget extends AgentPlace {
  readonly pool: string;
  /** Id of the server. */
  readonly server: string;
  /** Time between two questions. */
  readonly every: Millis;
}

export interface AgentChecksParts {
  /**
   * Told after each good answer. `told` is the same object while nothing has changed, and undefined when the server is
   * asked no more. Its `custom` has `maxconn`, if the agent gave one.
   */
  readonly tell: (target: CheckTarget, told: ToldState | undefined) => void;
  /** Told when questions begin to fail, with what was wrong first, and with undefined when they succeed again. */
  readonly onFault: (target: CheckTarget, fault: string | undefined) => void;
  /** For tests. */
  readonly ask?: (place: AgentPlace) => Question;
}

/** Most questions under way at a time; others wait for their turn. */
export const MAX_OPEN_CHECKS = 64;
/** Fractions of its multiples are spread evenly, however many there are (Weyl; Knuth, TAOCP 3, 6.4). */
const GOLDEN = 0.618_033_988_749_894_9;

interface Followed {
  readonly target: CheckTarget;
  timer: NodeJS.Timeout;
  said: AgentSaid | undefined;
  isFailing: boolean;
  /** It waits for its turn, or its question is under way. */
  isBusy: boolean;
  question: Question | undefined;
}

const keyOf = ({ pool, server }: CheckTarget): string => JSON.stringify([pool, server]);

/**
 * Asks the agents of servers in HAProxy's dialect, each at its own moment, and says what their answers come to. What an
 * agent has said holds until the same agent says otherwise: one that cannot be reached or understood changes nothing.
 */
export class AgentChecks {
  readonly #parts: AgentChecksParts;
  readonly #followed = new Map<string, Followed>();
  /** Whose turn comes next, in order. Each stands here once. */
  readonly #waiting: Followed[] = [];
  #open = 0;
  #started = 0;

  constructor(parts: AgentChecksParts) {
    this.#parts = parts;
  }

  /** Asks these and no others from now on. One that stays keeps what it has said. */
  follow(targets: readonly CheckTarget[]): void {
    const wanted = new Map(targets.map((target) => [keyOf(target), target]));
    for (const [key, followed] of this.#followed)
      if (!wanted.has(key)) {
        this.#stop(key, followed);
        this.#parts.tell(followed.target, undefined);
      }
    for (const [key, target] of wanted) {
      const before = this.#followed.get(key);
      if (before && isDeepStrictEqual(before.target, target)) continue;
      if (before) this.#stop(key, before);
      this.#start(key, target, before?.said);
    }
  }

  /** Ends all questions; nobody is told anything more. */
  close(): void {
    for (const [key, followed] of this.#followed) this.#stop(key, followed);
  }

  /** The first question comes within one interval, at a moment that no other server has. */
  #start(key: string, target: CheckTarget, said: AgentSaid | undefined): void {
    this.#started += 1;
    const first = target.every * ((this.#started * GOLDEN) % 1);
    const begin = (): void => {
      followed.timer = setInterval(() => this.#due(followed), target.every).unref();
      this.#due(followed);
    };
    const timer = setTimeout(begin, first).unref();
    const followed: Followed = {
      target,
      timer,
      said,
      isFailing: false,
      isBusy: false,
      question: undefined,
    };
    this.#followed.set(key, followed);
  }

  #stop(key: string, followed: Followed): void {
    this.#followed.delete(key);
    clearTimeout(followed.timer);
    followed.question?.cancel();
    const at = this.#waiting.indexOf(followed);
    if (at !== -1) this.#waiting.splice(at, 1);
  }

  /** One question at a time: a slow agent is asked less often. */
  #due(followed: Followed): void {
    if (followed.isBusy) return;
    followed.isBusy = true;
    this.#waiting.push(followed);
    this.#next();
  }

  #next(): void {
    while (this.#open < MAX_OPEN_CHECKS) {
      const followed = this.#waiting.shift();
      if (!followed) return;
      this.#open += 1;
      void this.#ask(followed);
    }
  }

  async #ask(followed: Followed): Promise<void> {
    const { ask = askAgent } = this.#parts;
    followed.question = ask(followed.target);
    const line = await followed.question.answer;
    followed.question = undefined;
    followed.isBusy = false;
    this.#open -= 1;
    if (this.#followed.get(keyOf(followed.target)) === followed) this.#take(followed, line);
    this.#next();
  }

  #take(followed: Followed, answer: AgentLine): void {
    const { tell, onFault } = this.#parts;
    const { target, said: before } = followed;
    const parsed = 'line' in answer ? parseAgentCheck(answer.line) : undefined;
    if (!parsed) {
      const fault =
        'fault' in answer ? answer.fault : `not understood: ${JSON.stringify(answer.line.slice(0, 80))}`;
      if (!followed.isFailing) onFault(target, fault);
      followed.isFailing = true;
      return;
    }
    followed.said = joinAnswer(before, parsed);
    if (followed.isFailing) onFault(target, undefined);
    followed.isFailing = false;
    tell(target, followed.said.told);
  }
}
