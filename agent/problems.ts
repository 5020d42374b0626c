import { messageOf } from '../src/core/errors.ts';

const MAX_KEPT = 20;

/** Something that keeps an agent from its work. It goes on trying. */
export class AgentProblem {
  /**
   * A refusal of the proxy (`token`, `number`, `not_accepted` ...), `unreachable`, `timeout`, `sample`, `slots`,
   * `benchmark`, `scrape`, `scrape_number`, `custom`, `token_file`.
   */
  readonly code: string;
  message: string;
  /** When it began, milliseconds since 1970. */
  readonly at: number;
  /** How often it has happened since. */
  count = 1;

  constructor(code: string, message: string, at: number) {
    this.code = code;
    this.message = message;
    this.at = at;
  }

  toString(): string {
    return this.message;
  }
}

/** What can fail. Each has one problem at a time. */
type Task = 'report' | 'sample' | 'slots' | 'benchmark' | 'custom' | 'token_file' | `scrape ${string}`;

/** The last problems, oldest first. One that goes on is kept, and told of, once. */
export class Problems {
  readonly list: AgentProblem[] = [];
  readonly #going = new Map<Task, AgentProblem>();
  readonly #tell: (problem: AgentProblem) => void;

  constructor(tell: (problem: AgentProblem) => void) {
    this.#tell = tell;
  }

  begin(task: Task, thrown: unknown, code: string = task): void {
    const going = this.#going.get(task);
    if (going?.code === code) {
      going.message = messageOf(thrown);
      going.count += 1;
      return;
    }
    const problem = new AgentProblem(code, messageOf(thrown), Date.now());
    this.#going.set(task, problem);
    this.list.push(problem);
    if (this.list.length > MAX_KEPT) this.list.shift();
    this.#tell(problem);
  }

  end(task: Task): void {
    this.#going.delete(task);
  }
}
