import type { Millis, Outcome } from '../core/types.ts';
import type { Agenda } from './agenda.ts';
import { DelayLine } from './delay-line.ts';
import { type Exchanges, State } from './exchanges.ts';
import { Caches } from './keyed.ts';
import type { Scenario } from './scenario.ts';
import type { Stage } from './script.ts';
import type { ServiceTimes } from './service-times.ts';
import type { SimulatedServer } from './simulated-server.ts';
import { Source } from './sources.ts';

/** How long an error takes that costs no work, and a connection that is refused. */
const QUICK: Millis = 1;
const NOBODY = -1;

type Failed = Extract<Outcome, { kind: 'failed' }>;

/** What proxies see of the ends of exchanges. */
export interface Ends {
  /** An answer has come, and with it perhaps numbers. The request still counts at the server. */
  hear(exchange: number, server: SimulatedServer, now: Millis): void;
  answered(exchange: number, status: number, now: Millis): void;
  failed(exchange: number, outcome: Failed, now: Millis): void;
}

interface ServerSideParts {
  readonly agenda: Agenda;
  readonly servers: readonly SimulatedServer[];
  readonly exchanges: Exchanges;
  readonly times: ServiceTimes;
  readonly ends: Ends;
}

const failure = (reason: Failed['reason'], unsent: boolean): Failed => ({
  kind: 'failed',
  side: 'server',
  reason,
  unsent,
});
const REFUSED = failure('connect_refused', true);
const RESET = failure('reset', false);

/** Where requests are worked on, and where they are lost. */
export class ServerSide implements Stage {
  readonly #parts: ServerSideParts;
  readonly #hit: number;
  readonly #hold: Millis;
  readonly #caches: Caches | undefined;
  readonly #quick = new DelayLine<number>(QUICK, NOBODY);
  readonly #held: DelayLine<number>;

  constructor({ servers, keys, longPolls }: Scenario, parts: ServerSideParts) {
    this.#parts = parts;
    this.#hit = keys?.hit ?? 1;
    this.#hold = longPolls?.hold ?? 0;
    this.#caches = keys && new Caches(servers.count, keys.cached);
    this.#held = new DelayLine<number>(this.#hold, NOBODY);
  }

  /** A request has come to a server. */
  take(exchange: number, server: SimulatedServer, now: Millis): void {
    const { exchanges, agenda } = this.#parts;
    const { state } = exchanges;
    exchanges.sentAt[exchange] = now;
    exchanges.server[exchange] = server.index;
    if (server.isDown || server.failsWith > 0) {
      state[exchange] = server.isDown ? State.REFUSED : State.BROKEN;
      this.#quick.send(exchange, now);
      agenda.set(Source.QUICK, this.#quick.time);
    } else if (exchanges.isLongPoll[exchange] === 1) {
      state[exchange] = State.HELD;
      server.holding += 1;
      this.#held.send(exchange, now);
      agenda.set(Source.HELD, this.#held.time);
    } else {
      exchanges.before[exchange] = server.inFlight;
      server.add(exchange, this.#workOf(exchange, server), now);
      this.settle(server);
    }
  }

  /** The first of the requests at a server is done. */
  finish(server: SimulatedServer, now: Millis): void {
    const { exchanges, times, ends } = this.#parts;
    const exchange = server.first;
    const latency = now - (exchanges.sentAt[exchange] as number);
    server.advance(now);
    server.answered += 1;
    server.latencies += latency;
    times.add(server.index, exchanges.before[exchange] as number, latency);
    const isAwaited = exchanges.state[exchange] !== State.GIVEN_UP;
    if (isAwaited) ends.hear(exchange, server, now);
    server.finish();
    this.settle(server);
    if (isAwaited) ends.answered(exchange, 200, now);
    else exchanges.close(exchange);
  }

  /** The first answer is here that took no work. */
  endQuick(now: Millis): void {
    const { exchanges, servers, times, ends, agenda } = this.#parts;
    const exchange = this.#quick.take();
    agenda.set(Source.QUICK, this.#quick.time);
    const server = servers[exchanges.server[exchange] as number] as SimulatedServer;
    const state = exchanges.state[exchange];
    if (state === State.GIVEN_UP) exchanges.close(exchange);
    else if (state === State.REFUSED) ends.failed(exchange, REFUSED, now);
    else {
      server.errors += 1;
      times.add(server.index, server.inFlight, QUICK);
      ends.hear(exchange, server, now);
      ends.answered(exchange, server.failsWith || 503, now);
    }
  }

  /** The first of the long polls gets its answer, unless it was lost before. */
  endHeld(now: Millis): void {
    const { exchanges, servers, ends, agenda } = this.#parts;
    const exchange = this.#held.take();
    agenda.set(Source.HELD, this.#held.time);
    const isThere =
      exchanges.state[exchange] === State.HELD && (exchanges.sentAt[exchange] as number) + this.#hold === now;
    if (!isThere) return;
    const server = servers[exchanges.server[exchange] as number] as SimulatedServer;
    ends.hear(exchange, server, now);
    server.holding -= 1;
    ends.answered(exchange, 200, now);
  }

  crash(server: SimulatedServer, now: Millis): void {
    const { exchanges, ends } = this.#parts;
    const lost = [...server.lose(now), ...exchanges.heldAt(server.index)];
    server.holding = 0;
    server.isDown = true;
    this.settle(server);
    for (const exchange of lost)
      if (exchanges.state[exchange] === State.GIVEN_UP) exchanges.close(exchange);
      else ends.failed(exchange, RESET, now);
  }

  restart(server: SimulatedServer, cold: number, now: Millis): void {
    server.advance(now);
    server.isDown = false;
    server.starts += 1;
    server.cold = cold;
    this.#caches?.clear(server.index);
  }

  warm(server: SimulatedServer, now: Millis): void {
    server.advance(now);
    server.cold = 1;
    this.settle(server);
  }

  /** Says when the next request of a server is done, after something has changed there. */
  settle(server: SimulatedServer): void {
    this.#parts.agenda.set(Source.FIRST_SERVER + server.index, server.nextEnd);
  }

  #workOf(exchange: number, server: SimulatedServer): Millis {
    const { exchanges } = this.#parts;
    const work = exchanges.work[exchange] as number;
    const isHit = this.#caches?.ask(server.index, exchanges.key[exchange] as number) ?? false;
    return isHit ? work * this.#hit : work;
  }
}
