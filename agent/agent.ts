import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { checkReport, isRefusal, joinStats, type Report } from '../src/core/report.ts';
import type { DriverHealth } from '../src/state/driver.ts';
import { PublishError } from '../src/state/publish-error.ts';
import { Answers, type LoadMiddleware } from './answers.ts';
import { Application } from './application.ts';
import { LoadText } from './load-text.ts';
import { Machine } from './machine.ts';
import { type AgentOptions, intervalOf, nodeOf, probePathOf, serversOf } from './options.ts';
import { type AgentProblem, Problems } from './problems.ts';
import { Proxies } from './proxies.ts';
import { Pulse } from './pulse.ts';
import { type EndRequest, isNotable } from './requests.ts';
import { Scraped } from './scrape/scraped.ts';

const now = (): number => performance.now();

/** A running agent. */
export interface Agent {
  /** A request begins; call the answer when it ends. Not needed for those of the `server` option. */
  count(): EndRequest;
  /**
   * What the `server` option does, for Express and its like: counts requests, has answers say the load, and answers
   * probes. Put it before everything else. A request that both have seen counts once.
   */
  readonly middleware: LoadMiddleware;
  /** The same around the listener of a server. */
  listener(listener: RequestListener): RequestListener;
  /** The load as of now, as the value of the field `endpoint-load-metrics`, for answers that are made elsewhere. */
  load(): string;
  /**
   * Reports a number of the application as `custom.<name>`. Undefined, or a number that is not finite, takes it out
   * again. Throws TypeError for a name that no proxy would take and for a 65th number.
   */
  set(name: string, value: number | undefined): void;
  /** The report that would be sent now. */
  report(): Report;
  /** The last problems, at most 20, newest last. */
  readonly problems: readonly AgentProblem[];
  /** Whether at least one proxy takes the reports, and what is wrong with the others. */
  readonly health: DriverHealth;
  /** Stops reporting. Proxies keep what they heard until it is too old. */
  close(): Promise<void>;
}

class RunningAgent implements Agent {
  readonly #envelope: Pick<Report, 'node' | 'boot' | 'servers'>;
  readonly #application: Application;
  readonly #loadText: LoadText;
  readonly #answers: Answers;
  readonly #machine: Machine;
  readonly #problems: Problems;
  readonly #scraped: Scraped;
  readonly #proxies: Proxies;
  readonly #pulse: Pulse;
  readonly #release: (() => Promise<void> | void)[] = [];
  #seq = 0;
  /** What the last report said. */
  #said = { inFlight: 0, full: false };
  #closing: Promise<void> | undefined;

  constructor(options: AgentOptions) {
    const boot = randomBytes(12).toString('base64url');
    this.#envelope = { node: nodeOf(options), boot, servers: serversOf(options) };
    this.#pulse = new Pulse({
      interval: intervalOf(options),
      ref: options.ref ?? false,
      beat: () => this.#beat(),
      push: () => this.#push(),
    });
    this.#problems = new Problems(options.onProblem ?? (() => undefined));
    const scraping = {
      interval: intervalOf(options),
      now,
      ref: options.ref ?? false,
      problems: this.#problems,
    };
    this.#scraped = new Scraped(options.scrape ?? [], scraping);
    this.#proxies = new Proxies(options, now());
    this.#machine = new Machine(options, this.#problems);
    this.#application = new Application(options.slots, { now, onChange: () => this.#changed() });
    this.#release.push(
      () => this.#machine.close(),
      () => this.#scraped.close(),
      () => this.#proxies.close(),
    );
    const { requests } = this.#application;
    this.#loadText = new LoadText(requests, () => this.#machine.stats, now);
    this.#answers = new Answers({
      requests,
      load: () => this.load(),
      saysLoad: options.sayLoad ?? true,
      probePath: probePathOf(options),
    });
    if (options.server) this.#release.push(this.#answers.watch(options.server));
  }

  get problems(): readonly AgentProblem[] {
    return this.#problems.list;
  }

  get health(): DriverHealth {
    return this.#proxies.health();
  }

  get middleware(): LoadMiddleware {
    return this.#answers.middleware;
  }

  listener(listener: RequestListener): RequestListener {
    return this.#answers.listener(listener);
  }

  load(): string {
    return this.#loadText.text();
  }

  count(): EndRequest {
    return this.#application.requests.begin();
  }

  set(name: string, value: number | undefined): void {
    this.#application.set(name, value);
  }

  report(): Report {
    const stats = joinStats(this.#machine.stats, this.#scraped.under(this.#application.stats()));
    return { v: 1, ...this.#envelope, seq: this.#seq + 1, stats };
  }

  close(): Promise<void> {
    this.#pulse.stop();
    this.#closing ??= Promise.all(this.#release.map((release) => release())).then(() => undefined);
    return this.#closing;
  }

  /** Throws TypeError if every proxy would refuse what this agent is told to say. */
  async start(): Promise<void> {
    const fault = checkReport(this.report());
    if (isRefusal(fault)) throw new TypeError(fault.message);
    await this.#pulse.start();
  }

  async #beat(): Promise<void> {
    this.#proxies.lookAtToken(now(), this.#problems);
    const [measured] = await Promise.all([this.#machine.look(), this.#scraped.look()]);
    if (measured) this.#send();
  }

  #isNews(): boolean {
    const { requests, full } = this.#application;
    return isNotable(this.#said.inFlight, requests.inFlight) || this.#said.full !== full;
  }

  #changed(): void {
    if (this.#isNews()) this.#pulse.poke();
  }

  /** While no proxy takes the reports, changes wait for the next interval. */
  #push(): void {
    if (this.#isNews() && this.#proxies.health().up) this.#send();
  }

  #send(): void {
    if (this.#closing) return;
    const report = this.#nextReport();
    if (!report) return;
    this.#seq = report.seq;
    this.#said = { inFlight: this.#application.requests.inFlight, full: this.#application.full };
    this.#proxies.publish(report).then(
      () => this.#problems.end('report'),
      (thrown: unknown) => this.#notDelivered(thrown),
    );
  }

  /** Undefined if the application's own function threw. */
  #nextReport(): Report | undefined {
    try {
      const report = this.report();
      this.#problems.end('slots');
      return report;
    } catch (thrown) {
      this.#problems.begin('slots', thrown);
      return undefined;
    }
  }

  #notDelivered(thrown: unknown): void {
    if (this.#closing) return;
    this.#problems.begin('report', thrown, thrown instanceof PublishError ? thrown.code : 'unreachable');
  }
}

/**
 * Starts to measure and to report. Resolves after the first measurement; whether the first report arrived shows in
 * `health`. Rejects with TypeError that names the option that is wrong.
 */
export const startAgent = async (options: AgentOptions): Promise<Agent> => {
  const agent = new RunningAgent(options);
  try {
    await agent.start();
    return agent;
  } catch (thrown) {
    await agent.close();
    throw thrown;
  }
};
