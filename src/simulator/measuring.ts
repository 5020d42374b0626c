import { checkReport, isRefusal, type Refusal, type Report, type ReportedServer } from '../core/report.ts';
import type { ReportSource } from '../core/report-source.ts';
import type { Millis, Stats } from '../core/types.ts';
import type { Draws } from './draws.ts';
import type { Scenario } from './scenario.ts';
import type { ServiceTimes } from './service-times.ts';
import { POOL, urlOf } from './simulated-proxy.ts';
import type { SimulatedServer } from './simulated-server.ts';

/** How often a server measures its own speed (as the agent does). */
const MEASURE_EVERY: Millis = 250;
/** Weight of a new measurement beside those before it (the agent's). */
const WEIGHT = 0.5;
/** The kernel renews its load average so often, and forgets with this time. */
const LOAD_EVERY: Millis = 5000;
const LOAD_LIFE: Millis = 60_000;
const REFERENCE_SPEED = 1000;
/** What a server that pretends to be idle multiplies its speed with. */
const BOAST = 10;

/** A report on its way to the proxies. */
export interface Sent {
  readonly report: Report;
  readonly source: ReportSource;
  /** What every proxy says against it, if anything. */
  readonly refusal: Refusal | undefined;
}

/** What servers say of themselves, by themselves and through their agents. */
export class Measuring {
  readonly #reports: Scenario['reports'];
  readonly #times: ServiceTimes;
  readonly #noise: Draws;
  readonly #measured: Float64Array;
  readonly #measuredAt: Float64Array;
  readonly #load: Float64Array;
  readonly #loadAt: Float64Array;
  readonly #skews: readonly Millis[];
  readonly #named: readonly (readonly ReportedServer[])[];
  #sequence = 0;

  constructor({ reports, servers }: Scenario, times: ServiceTimes, noise: Draws) {
    this.#reports = reports;
    this.#times = times;
    this.#noise = noise;
    this.#measured = new Float64Array(servers.count);
    this.#measuredAt = new Float64Array(servers.count).fill(Number.NEGATIVE_INFINITY);
    this.#load = new Float64Array(servers.count);
    this.#loadAt = new Float64Array(servers.count).fill(Number.NEGATIVE_INFINITY);
    this.#skews = Array.from({ length: servers.count }, () => (2 * noise.uniform() - 1) * reports.skew);
    this.#named = Array.from({ length: servers.count }, (_, i) => [{ url: urlOf(i), pool: POOL }]);
  }

  /** Arriba as it was last measured, with its error. */
  arriba(server: SimulatedServer, now: Millis): number {
    const at = this.#measuredAt[server.index] as number;
    if (now - at >= MEASURE_EVERY) {
      const found = REFERENCE_SPEED * server.speed * Math.exp(this.#reports.noise * this.#noise.normal());
      const before = this.#measured[server.index] as number;
      this.#measured[server.index] = before === 0 ? found : before + (found - before) * WEIGHT;
      this.#measuredAt[server.index] = now;
    }
    return this.#measured[server.index] as number;
  }

  /** What comes with an answer, the finished request still counted, or for a probe. Undefined if nobody can read it. */
  inBand(server: SimulatedServer, now: Millis): Stats | undefined {
    const arriba = this.arriba(server, now);
    const { inFlight, cores: cpus, lie, index } = server;
    if (lie === 'nonsense') return undefined;
    if (lie === 'idle') return { inFlight: 0, serviceTime: 0, arriba: BOAST * arriba, cpus };
    return { inFlight, serviceTime: this.#times.at(index, inFlight), arriba, cpus };
  }

  /** The next report of the server's agent. */
  report(server: SimulatedServer, now: Millis): Sent {
    const { index, lie } = server;
    const stats = this.#stats(server, now);
    const report: Report = {
      v: 1,
      node: `n${index}`,
      boot: `b${server.starts}`,
      seq: ++this.#sequence,
      stats: lie ? { ...stats, ...this.#lie(lie, stats) } : stats,
      servers: this.#named[index] ?? [],
    };
    const isTimed = this.#reports.skew > 0 || this.#reports.delay > 0;
    const sent = { at: now + (this.#skews[index] ?? 0), receivedAt: now + this.#reports.delay };
    const source: ReportSource = { address: '', transport: 'memory', ...(isTimed ? { sent } : {}) };
    const checked = lie === undefined ? report : checkReport(report);
    return { report, source, refusal: isRefusal(checked) ? checked : undefined };
  }

  #stats(server: SimulatedServer, now: Millis): Stats {
    const { seconds, busy, used, answered, errors, serviceTime } = server.interval(now, this.#reports.every);
    // Frozen, so that all boards may keep the same one.
    return Object.freeze({
      load1: this.#loadAverage(server, now),
      cpuIdle: 1 - busy,
      cpus: server.cores,
      arriba: this.arriba(server, now),
      inFlight: server.inFlight,
      serviceTime,
      custom: Object.freeze({
        rps_fractional: (answered + errors) / seconds,
        eps: errors / seconds,
        application_utilization: used,
      }),
    });
  }

  /** As the kernel's, which counts who runs or wants to, and is renewed every five seconds. */
  #loadAverage({ index, inFlight }: SimulatedServer, now: Millis): number {
    const at = this.#loadAt[index] as number;
    if (now - at < LOAD_EVERY - 1) return this.#load[index] as number;
    const kept = at === Number.NEGATIVE_INFINITY ? 0 : Math.exp(-LOAD_EVERY / LOAD_LIFE);
    this.#load[index] = (this.#load[index] as number) * kept + inFlight * (1 - kept);
    this.#loadAt[index] = now;
    return this.#load[index] as number;
  }

  #lie(lie: 'idle' | 'nonsense', { arriba = REFERENCE_SPEED }: Stats): Stats {
    if (lie === 'nonsense') return { load1: Number.NaN, inFlight: Number.NaN, arriba: -1 };
    return { load1: 0, cpuIdle: 1, arriba: BOAST * arriba, inFlight: 0, serviceTime: 0 };
  }
}
