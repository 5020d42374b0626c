import type { FaultKind, Guard } from '../core/chain.ts';
import { messageOf, type Place } from '../core/errors.ts';
import type { Millis } from '../core/types.ts';
import type { ScriptEvent } from './event.ts';
import type { Heartbeat } from './heartbeat.ts';
import { placeIn } from './place.ts';
import { Tally } from './tally.ts';

/** When a function is taken out and for how long. */
export interface GuardSettings {
  /** A call that takes longer is a fault: every other request of the process waits meanwhile. */
  readonly slowMs: Millis;
  /** So many faults within `windowMs`, and this share of the calls of late, and the function is bypassed. */
  readonly strikes: number;
  readonly windowMs: Millis;
  /** 0..1. */
  readonly share: number;
  /** The first bypass; each further one within `memoryMs` of the last is twice as long, up to `maxBypassMs`. */
  readonly bypassMs: Millis;
  readonly maxBypassMs: Millis;
  readonly memoryMs: Millis;
  /** At most one fault event of a kind in this time. */
  readonly quietMs: Millis;
}

/**
 * A decision has a budget of microseconds: 5 ms is a thousand of them. The share keeps a good function in under much
 * traffic: the system gives the CPU to others for some ms now and then, in the middle of whatever call, and a few
 * requests made to fail must not take the function from all the others.
 */
const GUARD_DEFAULTS: GuardSettings = {
  slowMs: 5,
  strikes: 3,
  windowMs: 10_000,
  share: 0.01,
  bypassMs: 30_000,
  maxBypassMs: 600_000,
  memoryMs: 3_600_000,
  quietMs: 10_000,
};

export interface GuardParts {
  /** The reference as written. */
  readonly name: string;
  readonly hash: string;
  /** The author's files, to find the place of a fault in a stack. */
  readonly files: readonly string[];
  /** Milliseconds with fractions that never go back. */
  readonly clock: () => Millis;
  readonly heartbeat: Heartbeat;
  readonly onEvent: (event: ScriptEvent) => void;
  readonly settings?: Partial<GuardSettings>;
}

export interface ScriptFault {
  readonly kind: FaultKind;
  readonly message: string;
  readonly place?: Place;
  /** On the guard's clock. */
  readonly at: Millis;
}

/** What a status page shows of a function. Times are on the guard's clock. */
export interface GuardStatus {
  readonly name: string;
  readonly hash: string;
  readonly calls: number;
  readonly totalMs: Millis;
  readonly faults: Readonly<Record<FaultKind, number>>;
  readonly lastFault: ScriptFault | undefined;
  /** `until` is null for a bypass that lasts until the script changes. */
  readonly bypass: { readonly why: string; readonly until: Millis | null } | undefined;
}

/** A fault with its place still in the stack: reading that is dear, and only worth it when somebody wants to see it. */
interface Fault extends ScriptFault {
  readonly thrown: unknown;
}

/** Characters kept of the message of a fault, which may be as long as its author likes. */
const MESSAGE_LENGTH = 500;

interface Told {
  at: Millis;
  untold: number;
}

/** The rails round one version of a user's function: its time, its faults, the bypass, and the heartbeat. */
export class ScriptGuard implements Guard {
  readonly name: string;
  readonly hash: string;
  readonly #parts: GuardParts;
  readonly #settings: GuardSettings;
  readonly #number: number;
  /** Of the same function where it is in use, for one that runs apart from it. */
  #main: ScriptGuard | undefined = undefined;
  #depth = 0;
  #ranBefore = 0;
  #enteredAt: Millis = 0;
  #calls = 0;
  #totalMs: Millis = 0;
  readonly #faults: Record<FaultKind, number> = { throw: 0, bad_result: 0, timeout: 0 };
  #last: Fault | undefined = undefined;
  readonly #told = new Map<FaultKind, Told>();
  readonly #tally: Tally;
  /** The times of the last faults, at most as many as make a bypass. */
  #strikes: readonly Millis[] = [];
  #bypassedUntil: Millis = Number.NEGATIVE_INFINITY;
  #why = '';
  #bypassedAt: Millis = Number.NEGATIVE_INFINITY;
  #length: Millis = 0;

  constructor(parts: GuardParts) {
    this.name = parts.name;
    this.hash = parts.hash;
    this.#parts = parts;
    this.#settings = { ...GUARD_DEFAULTS, ...parts.settings };
    this.#tally = new Tally(this.#settings.windowMs);
    this.#number = parts.heartbeat.register(parts.name, parts.hash);
  }

  /** Whether the function is left out now. A bypass ends at the first question after its time. */
  get bypassed(): boolean {
    if (this.#main?.bypassed) return true;
    if (this.#bypassedUntil === Number.NEGATIVE_INFINITY) return false;
    if (this.#parts.clock() < this.#bypassedUntil) return true;
    this.#bypassedUntil = Number.NEGATIVE_INFINITY;
    this.#strikes = [];
    this.#parts.onEvent({ kind: 'script_resumed', name: this.name });
    return false;
  }

  /** A function may come back into itself (through an estimate of its own): only the outermost call counts. */
  enter(): void {
    this.#depth += 1;
    if (this.#depth > 1) return;
    this.#calls += 1;
    this.#ranBefore = this.#parts.heartbeat.enter(this.#number);
    this.#enteredAt = this.#parts.clock();
    this.#tally.call(this.#enteredAt);
  }

  leave(): string | undefined {
    this.#depth -= 1;
    if (this.#depth > 0) return undefined;
    const took = this.#parts.clock() - this.#enteredAt;
    this.#parts.heartbeat.leave(this.#ranBefore);
    this.#totalMs += took;
    if (took <= this.#settings.slowMs) return undefined;
    return this.fault('timeout', `took ${took.toFixed(1)} ms, more than ${this.#settings.slowMs} ms`);
  }

  fault(kind: FaultKind, message: string, thrown?: unknown): string {
    const at = this.#parts.clock();
    this.#faults[kind] += 1;
    this.#last = { kind, message: message.slice(0, MESSAGE_LENGTH), at, thrown };
    this.#tell(this.#last);
    this.#strike(this.#last);
    return message;
  }

  /** Rails for the same function in a shadow chain: what goes wrong there is told, but counts for nothing here. */
  apart(): Guard {
    const name = `${this.name} (shadow)`;
    const onEvent = (event: ScriptEvent): void => this.#parts.onEvent({ ...event, name });
    const own = new ScriptGuard({ ...this.#parts, onEvent });
    own.#main = this;
    return own;
  }

  /** Runs what is not a call of the function itself (making it, loading it) under the watchdog, without counting. */
  watched<T>(work: () => T): T {
    const before = this.#parts.heartbeat.enter(this.#number);
    try {
      return work();
    } finally {
      this.#parts.heartbeat.leave(before);
    }
  }

  /** Makes a call inside the rails: `otherwise` answers while bypassed and for a call that throws. */
  call<T>(work: () => T, otherwise: () => T): T {
    if (this.bypassed) return otherwise();
    this.enter();
    try {
      return work();
    } catch (thrown) {
      this.fault('throw', messageOf(thrown), thrown);
      return otherwise();
    } finally {
      this.leave();
    }
  }

  /** Leaves the function out until its content changes, for what no time heals: it once did not return at all. */
  startBypassed(why: string): void {
    this.#bypass(why, this.#parts.clock(), Number.POSITIVE_INFINITY);
  }

  status(): GuardStatus {
    const until = Number.isFinite(this.#bypassedUntil) ? this.#bypassedUntil : null;
    return {
      name: this.name,
      hash: this.hash,
      calls: this.#calls,
      totalMs: this.#totalMs,
      faults: { ...this.#faults },
      lastFault: this.#last && this.#placed(this.#last),
      bypass: this.bypassed ? { why: this.#why, until } : undefined,
    };
  }

  #placed({ thrown, ...fault }: Fault): ScriptFault {
    const place = placeIn(thrown, this.#parts.files);
    return { ...fault, ...(place ? { place } : {}) };
  }

  #tell(fault: Fault): void {
    const told = this.#told.get(fault.kind);
    if (told && fault.at - told.at < this.#settings.quietMs) {
      told.untold += 1;
      return;
    }
    this.#told.set(fault.kind, { at: fault.at, untold: 0 });
    const { kind, at: _, ...said } = this.#placed(fault);
    const untold = told?.untold ?? 0;
    this.#parts.onEvent({ kind: 'script_fault', name: this.name, fault: kind, ...said, untold });
  }

  #strike({ at: now, message }: Fault): void {
    const { strikes, windowMs, share, bypassMs, maxBypassMs, memoryMs } = this.#settings;
    this.#tally.fault(now);
    this.#strikes = [...this.#strikes, now].slice(-strikes);
    const [first = now] = this.#strikes;
    if (this.#strikes.length < strikes || now - first >= windowMs) return;
    if (this.#tally.share < share || now < this.#bypassedUntil) return;
    const again = now - this.#bypassedAt < memoryMs;
    this.#length = again ? Math.min(this.#length * 2, maxBypassMs) : bypassMs;
    this.#bypass(`${strikes} faults within ${windowMs / 1000} s, the last: ${message}`, now, this.#length);
  }

  #bypass(why: string, now: Millis, length: Millis): void {
    this.#why = why;
    this.#bypassedAt = now;
    this.#bypassedUntil = now + length;
    this.#strikes = [];
    const lasts = Number.isFinite(length) ? length : null;
    this.#parts.onEvent({ kind: 'script_bypassed', name: this.name, why, for: lasts });
  }
}
