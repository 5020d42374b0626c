import { pickAtRandom } from '../core/making.ts';
import type { RouteProbe } from '../core/route.ts';
import type { Millis, Server } from '../core/types.ts';
import { Deadlines } from './deadlines.ts';
import type { ProberParts } from './probe-settings.ts';
import { PROBE_SPACING, type ProbeContext, ServerProbe } from './server-probe.ts';
import type { Deadlined } from './sweep.ts';

/** Probes that wait for the end of the turn; further ones are left out. */
const MOST_DUE = 1024;

/** What is missing where nothing is waited for any more. */
const OVER = -1;

/** A request that waits for fresh numbers before its decision. */
class Refresh implements Deadlined {
  readonly deadline: Millis;
  readonly #context: ProbeContext;
  readonly #go: () => void;
  /** Answers that are missing, and probes under way that may bring them. */
  #missing = 0;
  #underWay = 0;

  constructor(context: ProbeContext, deadline: Millis, go: () => void) {
    this.#context = context;
    this.deadline = deadline;
    this.#go = go;
  }

  readonly heard = (isAnswered: boolean): void => {
    if (this.#missing === OVER) return;
    this.#underWay -= 1;
    if (isAnswered) this.#missing -= 1;
    if (this.#underWay === 0 || this.#missing === 0) this.#end();
  };

  /** False if nothing is missing: then it never calls back. */
  begin(missing: number, underWay: number): boolean {
    this.#missing = missing > 0 ? missing : OVER;
    this.#underWay = underWay;
    if (missing > 0) this.#context.deadlines.add(this);
    return missing > 0;
  }

  overdue(): void {
    this.#end();
  }

  #end(): void {
    this.#missing = OVER;
    this.#context.deadlines.delete(this);
    try {
      this.#go();
    } catch (thrown) {
      this.#context.parts.onFault(thrown);
    }
  }
}

/**
 * Asks servers for their load so that decisions have fresh numbers, where their answers are too few to carry them. What
 * is not asked: who has only just said it, and, ever less, who does not answer.
 */
export class Prober {
  readonly #context: ProbeContext;
  #probes = new WeakMap<Server, ServerProbe>();
  #due: ServerProbe[] = [];

  constructor(parts: ProberParts) {
    this.#context = { parts, deadlines: new Deadlines(parts.now, parts.onFault), open: new Set() };
  }

  /** Connections that are open or being opened. */
  get connections(): number {
    return this.#context.open.size;
  }

  /** Asks some of these at random when this turn of the event loop is over; `perRequest` may be a fraction. */
  askSome(servers: readonly Server[], perRequest: number): void {
    const { parts } = this.#context;
    const count = Math.floor(perRequest + parts.random());
    if (count === 0) return;
    const now = parts.now();
    for (const server of pickAtRandom(servers, count, parts.random)) {
      if (this.#isFresh(server, now) || this.#due.length >= MOST_DUE) continue;
      if (this.#due.length === 0) setImmediate(() => this.#askDue());
      this.#due.push(this.#of(server));
    }
  }

  /**
   * Asks some of these at random before a decision, and calls back when all but one have answered or the wait is over:
   * once, and never while this runs. False: there is nothing to wait for, and it never calls back.
   */
  refresh(
    servers: readonly Server[],
    { servers: count, wait }: Extract<RouteProbe, { wait: Millis }>,
    go: () => void,
  ): boolean {
    if (servers.length < 2) return false;
    const { parts } = this.#context;
    const now = parts.now();
    const waiting = new Refresh(this.#context, now + wait, go);
    let fresh = 0;
    let underWay = 0;
    for (const server of pickAtRandom(servers, count, parts.random)) {
      if (this.#isFresh(server, now)) fresh += 1;
      else if (this.#of(server).ask(now, waiting.heard)) underWay += 1;
    }
    return waiting.begin(Math.min(count - 1 - fresh, underWay), underWay);
  }

  /** Closes all connections, and begins anew: settings may have changed. */
  renew(): void {
    for (const probe of [...this.#context.open]) probe.close();
    this.#probes = new WeakMap();
    this.#due = [];
  }

  close(): void {
    this.renew();
    this.#context.deadlines.close();
  }

  #askDue(): void {
    const { parts } = this.#context;
    const due = this.#due;
    const now = parts.now();
    this.#due = [];
    for (const probe of due) {
      try {
        probe.ask(now);
      } catch (thrown) {
        parts.onFault(thrown);
      }
    }
  }

  #isFresh(server: Server, now: Millis): boolean {
    return now - this.#context.parts.heardAt(server) < PROBE_SPACING;
  }

  #of(server: Server): ServerProbe {
    const known = this.#probes.get(server);
    if (known) return known;
    const probe = new ServerProbe(this.#context, server);
    this.#probes.set(server, probe);
    return probe;
  }
}
