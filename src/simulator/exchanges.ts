import { Candidates } from '../core/candidates.ts';
import type { Decision } from '../core/decide.ts';
import type { Done, Millis, Server } from '../core/types.ts';

const nothing: Done = () => undefined;

/** Where an exchange stands. */
export const State = {
  WORKED_ON: 0,
  /** A long poll: waits at the server and takes no core. */
  HELD: 1,
  /** The client has had enough; the server does not know and works on. */
  GIVEN_UP: 2,
  /** On its way back from a server that is down. */
  REFUSED: 3,
  /** On its way back from a server that answers with errors. */
  BROKEN: 4,
} as const;

const grown = <Numbers extends Float64Array | Int32Array | Uint8Array>(
  old: Numbers,
  wider: Numbers,
): Numbers => {
  wider.set(old);
  return wider;
};

/** The exchanges under way, by number, in columns. A number is given out again when its exchange is over. */
export class Exchanges {
  /** When the request came; NaN for a number that is free. */
  startedAt = new Float64Array(1024).fill(Number.NaN);
  /** When it was last sent to a server. */
  sentAt = new Float64Array(1024);
  work = new Float64Array(1024);
  key = new Int32Array(1024);
  proxy = new Int32Array(1024);
  server = new Int32Array(1024);
  /** Requests that were at that server before it. */
  before = new Int32Array(1024);
  state = new Uint8Array(1024);
  /** 1 for one that is not measured, and has no timeout. */
  isLongPoll = new Uint8Array(1024);
  /** Further ones after the first. */
  attempts = new Uint8Array(1024);
  /** Ends it on the board of its proxy. */
  readonly done: Done[] = [];
  readonly #candidates: (Candidates | undefined)[] = [];
  readonly #decisions: (Decision | undefined)[] = [];
  #free = new Int32Array(1024).map((_, i) => 1023 - i);
  #freeCount = 1024;

  open(proxy: number, work: Millis, key: number, now: Millis): number {
    if (this.#freeCount === 0) this.#grow();
    const exchange = this.#free[--this.#freeCount] as number;
    this.startedAt[exchange] = now;
    this.proxy[exchange] = proxy;
    this.work[exchange] = work;
    this.key[exchange] = key;
    this.server[exchange] = -1;
    this.state[exchange] = State.WORKED_ON;
    this.isLongPoll[exchange] = 0;
    this.attempts[exchange] = 0;
    this.done[exchange] = nothing;
    return exchange;
  }

  close(exchange: number): void {
    this.startedAt[exchange] = Number.NaN;
    // What was held when its server went down is due later all the same, and must not be ended twice.
    this.sentAt[exchange] = Number.NaN;
    this.done[exchange] = nothing;
    if (this.#decisions[exchange] !== undefined) {
      this.#decisions[exchange] = undefined;
      this.#candidates[exchange] = undefined;
    }
    this.#free[this.#freeCount++] = exchange;
  }

  /** The long polls at a server. Looks at all exchanges: for rare events. */
  heldAt(server: number): readonly number[] {
    const found: number[] = [];
    for (let exchange = 0; exchange < this.startedAt.length; exchange++) {
      const isUnderWay = !Number.isNaN(this.startedAt[exchange]);
      if (isUnderWay && this.state[exchange] === State.HELD && this.server[exchange] === server)
        found.push(exchange);
    }
    return found;
  }

  /** Keeps what says where to try next. */
  keep(exchange: number, decision: Decision): void {
    this.#decisions[exchange] = decision;
    this.#candidates[exchange] = undefined;
  }

  /** Where to try next, if a decision was kept and somebody is left. */
  next(exchange: number): Server | undefined {
    const decision = this.#decisions[exchange];
    if (!decision?.chosen) return undefined;
    this.#candidates[exchange] ??= new Candidates(decision.chosen, decision);
    return this.#candidates[exchange]?.next();
  }

  #grow(): void {
    const size = this.startedAt.length;
    const wide = 2 * size;
    this.startedAt = grown(this.startedAt, new Float64Array(wide).fill(Number.NaN));
    this.sentAt = grown(this.sentAt, new Float64Array(wide));
    this.work = grown(this.work, new Float64Array(wide));
    this.key = grown(this.key, new Int32Array(wide));
    this.proxy = grown(this.proxy, new Int32Array(wide));
    this.server = grown(this.server, new Int32Array(wide));
    this.before = grown(this.before, new Int32Array(wide));
    this.state = grown(this.state, new Uint8Array(wide));
    this.isLongPoll = grown(this.isLongPoll, new Uint8Array(wide));
    this.attempts = grown(this.attempts, new Uint8Array(wide));
    this.#free = new Int32Array(wide);
    for (let i = 0; i < size; i++) this.#free[i] = wide - 1 - i;
    this.#freeCount = size;
  }
}
