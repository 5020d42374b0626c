import type { CheckFacts } from '../core/server-spec.ts';
import type { Millis } from '../core/types.ts';
import type { Check, CheckPlace, CheckResult, CheckRules } from './check-spec.ts';
import { RepeatedCheck } from './repeated-check.ts';
import { afterCheck, afterRefusal, firstTally, type Tally } from './rise-fall.ts';
import type { Turns } from './turns.ts';

/** Tries of one server are at least so far apart, however much makes it suspect. */
const TRY_SPACING: Millis = 250;
/** One that refuses is tried again after so long, each time half as long again, up to the second. */
const [FIRST_RETRY, LAST_RETRY]: readonly [Millis, Millis] = [500, 5000];
/** Waits for another try differ by up to this share, so that not all proxies try at the same instant. */
const RETRY_JITTER = 0.1;

/** Regular checks of a server. */
export interface RegularCheck {
  readonly kind: 'http' | 'tcp';
  readonly rules: CheckRules;
  begin(): Check;
}

export interface ServerWatchParts {
  readonly now: () => Millis;
  /** 0 <= x < 1 */
  readonly random: () => number;
  readonly checkTurns: Turns;
  readonly tryTurns: Turns;
  /** Connects to the server itself. */
  readonly attempt: (place: CheckPlace) => Check;
  /** Told after each check and each try. */
  readonly found: () => void;
}

/** What is found of a server: what its checks say, unless it takes no connections. */
export interface Verdict {
  readonly state: 'up' | 'down' | 'unknown';
  readonly reason: string;
  readonly isRefused: boolean;
}

/** Tries of a suspect behind the first, unless one is good or refused; one is made behind a good one. */
const MORE_LOOKS = 2;

/** Where one try is enough, either way. */
const SINGLE = { rise: 1, fall: 1 };

const nextWait = (
  { interval, jitter }: Pick<CheckRules, 'interval' | 'jitter'>,
  random: () => number,
): Millis => interval * (1 + jitter * (2 * random() - 1));

/**
 * What is known of one server by connecting to it: regular checks, where there are any, and tries when something makes
 * it suspect. That nobody listens there takes it down at once, until somebody does; then regular checks decide.
 */
export class ServerWatch {
  readonly #parts: ServerWatchParts;
  readonly #regular: RegularCheck | undefined;
  readonly #check: RepeatedCheck;
  readonly #attempt: RepeatedCheck;
  #tally: Tally;
  /** The wait before the next try, while nobody listens there. */
  #retry: Millis | undefined = undefined;
  /** Tries that are still to be made of a suspect. */
  #looks = 0;
  #last: { readonly text: string; readonly at: Millis } | undefined = undefined;
  #since: Millis | undefined = undefined;

  /** `place`: where it is tried. `before`: what a watch that this one takes the place of has found. */
  constructor(
    parts: ServerWatchParts,
    place: CheckPlace,
    regular: RegularCheck | undefined,
    before?: ServerWatch,
  ) {
    const { checkTurns, tryTurns, now } = parts;
    this.#parts = parts;
    this.#regular = regular;
    this.#tally = firstTally(regular?.rules.initial ?? 'unknown');
    if (before) this.#follow(before);
    this.#check = new RepeatedCheck({
      turns: checkTurns,
      now,
      begin: () => (regular ? regular.begin() : parts.attempt(place)),
      done: (result) => this.#checked(result),
    });
    this.#attempt = new RepeatedCheck({
      turns: tryTurns,
      now,
      begin: () => parts.attempt(place),
      done: (result) => this.#tried(result),
    });
    if (before && before.#retry !== undefined) this.#refuse(before.verdict.reason);
  }

  get verdict(): Verdict {
    const { state, reason, passes, fails } = this.#tally;
    // Down from the beginning, and nobody has looked yet.
    const isUntried = state === 'down' && passes + fails === 0 && this.#last === undefined;
    return { state, reason, isRefused: this.#retry !== undefined || isUntried };
  }

  /** Undefined for a server that is not checked and has never been suspected. */
  get facts(): CheckFacts | undefined {
    if (!this.#regular && !this.#last) return undefined;
    const { state, passes, fails } = this.#tally;
    const due = [this.#check.dueAt, this.#attempt.dueAt].filter((at) => at !== undefined);
    return {
      kind: this.#regular?.kind ?? 'tcp',
      state,
      passes,
      fails,
      lastResult: this.#last?.text,
      lastAt: this.#last?.at,
      nextAt: due.length > 0 ? Math.min(...due) : undefined,
      since: this.#since,
    };
  }

  /** Begins with regular checks, if there are any, in so many ms. */
  start(wait: Millis): void {
    if (this.#regular) this.#check.plan(wait);
  }

  /**
   * Something says that it may be gone: it is tried at once, unless it has only just been tried, and so many times more
   * if it is not refused. A program that is being killed takes connections for a moment longer.
   */
  suspect(more = MORE_LOOKS): void {
    if (this.#retry !== undefined) return;
    this.#looks = Math.max(this.#looks, more);
    this.#trySoon();
  }

  /** Something says that it is there again. */
  revive(): void {
    if (this.#retry !== undefined) this.#trySoon();
  }

  close(): void {
    this.#check.close();
    this.#attempt.close();
  }

  /** Keeps the state, but for one that nobody would look at again: that of checks that are no more. */
  #follow(before: ServerWatch): void {
    const { state, reason } = before.verdict;
    const wasChecked = before.#regular !== undefined && before.#retry === undefined;
    if (state === 'unknown' || (wasChecked && !this.#regular)) return;
    this.#tally = { state, passes: 0, fails: 0, reason };
    this.#since = before.#since;
    this.#last = before.#last;
  }

  /** What comes while it is being tried is looked at in a try of its own. */
  #trySoon(): void {
    const wait = Math.max(0, this.#attempt.begunAt + TRY_SPACING - this.#parts.now());
    const { dueAt } = this.#attempt;
    if (dueAt === undefined || dueAt > this.#parts.now() + wait) this.#attempt.plan(wait);
  }

  #checked(result: CheckResult): void {
    const { now, random } = this.#parts;
    const { rules } = this.#regular ?? {};
    if (!rules) return;
    const wait = this.#check.begunAt + nextWait(rules, random) - now();
    this.#check.plan(Math.max(0, wait));
    // One that refuses is not made any better by a check of another port.
    if (this.#retry === undefined) this.#take(afterCheck(this.#tally, result, rules));
    else if (result.isGood) return;
    this.#note(result);
    // Said twice, it is certain.
    if (result.isRefused) this.suspect();
  }

  #tried(result: CheckResult): void {
    const wasRefused = this.#retry !== undefined;
    if (result.isRefused) this.#refuse(result.text);
    else if (result.isGood) this.#reached(result);
    else if (this.#retry !== undefined) this.#planRetry(this.#retry);
    if (this.#retry === undefined) this.#lookAgain(result.isGood);
    // A try that finds nothing does not hide what the last check found.
    if (wasRefused || result.isRefused || !this.#regular) this.#note(result);
    else this.#parts.found();
  }

  #lookAgain(wasGood: boolean): void {
    if (this.#looks === 0) return;
    this.#looks = wasGood ? 0 : this.#looks - 1;
    this.#trySoon();
  }

  #refuse(text: string): void {
    const { rules } = this.#regular ?? {};
    this.#looks = 0;
    if (this.#retry === undefined) this.#take(afterRefusal(this.#tally, text, rules ?? SINGLE));
    else this.#take({ ...this.#tally, fails: this.#tally.fails + 1 });
    this.#planRetry(this.#retry ?? FIRST_RETRY);
  }

  #planRetry(wait: Millis): void {
    this.#retry = Math.min(LAST_RETRY, 1.5 * wait);
    this.#attempt.plan(nextWait({ interval: wait, jitter: RETRY_JITTER }, this.#parts.random));
  }

  /** Somebody listens. Where there are checks it is for them to say whether that is enough. */
  #reached(result: CheckResult): void {
    const wasRefused = this.#retry !== undefined;
    this.#retry = undefined;
    if (wasRefused) this.#attempt.cancelPlan();
    if (!this.#regular) this.#take(afterCheck(this.#tally, result, SINGLE));
    else if (wasRefused) this.#check.plan(0);
  }

  #take(tally: Tally): void {
    if (tally.state !== this.#tally.state) this.#since = this.#parts.now();
    this.#tally = tally;
  }

  #note({ text }: CheckResult): void {
    this.#last = { text, at: this.#parts.now() };
    this.#parts.found();
  }
}
