import { parseServerUrl, portOf } from '../src/core/accept.ts';
import type { Millis, Stats } from '../src/core/types.ts';
import { benchNode, keptBenchmark } from './arriba.ts';
import { createEventLoopDelay, type EventLoopDelay } from './event-loop-delay.ts';
import { createLiveArriba, type LiveArriba, type Pids, pidsOf } from './live-arriba.ts';
import type { AgentOptions } from './options.ts';
import type { Problems } from './problems.ts';
import { createSampler } from './sampler.ts';
import { OpenFiles } from './sources/open-files.ts';
import { remembering, rounded, treeUnder } from './sources/source.ts';
import { within } from './within.ts';

/** Most time for the `sample` of an application. */
const SAMPLE_TIMEOUT: Millis = 2000;

/** What of an agent's options the measuring of the machine depends on. */
export type MachineOptions = Pick<AgentOptions, 'sample' | 'arriba'> & {
  readonly url?: string | readonly string[];
  /** Whose work counts as the application's. This process and its children, if left out. */
  readonly pids?: Pids;
};

const portsOf = (url: string | readonly string[] = []): readonly number[] =>
  [url].flat().flatMap((text) => {
    const parsed = parseServerUrl(text);
    return parsed ? [portOf(parsed)] : [];
  });

interface Measurer {
  readonly measure: () => { readonly stats: Stats; readonly live: LiveArriba };
  readonly close: () => void;
}

/** Measures this machine, and how much of it the application obtains. */
const measurerOf = ({ pids, url }: MachineOptions): Measurer => {
  const whole = treeUnder('/');
  const files = new OpenFiles('/', whole.read);
  const tree = remembering({ ...whole, read: files.read });
  const application = pidsOf(tree, pids, portsOf(url));
  const sampler = createSampler({
    read: tree.read,
    of: pids === undefined ? () => undefined : (now) => application(now)[0],
  });
  const liveArriba = createLiveArriba(tree, application);
  const measure = () => {
    const now = performance.now();
    const stats = sampler(now);
    const live = liveArriba(now, stats.cpus);
    tree.forget();
    const runQueueDelay = rounded(live.queueDelay);
    return { stats: runQueueDelay === undefined ? stats : { runQueueDelay, ...stats }, live };
  };
  return { measure, close: () => files.close() };
};

/** The speed that a report tells: at least 1, which is the least that proxies take. */
const speedOf = (nominal: number | undefined, live: LiveArriba | undefined): Stats => {
  if (nominal === undefined) return {};
  if (!live) return { arriba: nominal, arribaNominal: nominal, arribaFrom: 'configured' };
  return {
    arriba: Math.max(1, Math.round(nominal * live.share)),
    arribaNominal: nominal,
    arribaFrom: live.from,
  };
};

/** The numbers of the machine: measured here, or by the application's own `sample`. */
export class Machine {
  readonly #sample: () => Stats | Promise<Stats>;
  readonly #problems: Problems;
  readonly #delay: EventLoopDelay | undefined;
  readonly #measurer: Measurer | undefined;
  #measured: Stats = {};
  #live: LiveArriba | undefined;
  #nominal: number | undefined;

  constructor(options: MachineOptions, problems: Problems) {
    const { sample, arriba, pids } = options;
    this.#problems = problems;
    this.#nominal = arriba;
    this.#sample = sample ?? (() => this.#measure());
    if (sample) return;
    this.#measurer = measurerOf(options);
    if (pids === undefined) this.#delay = createEventLoopDelay();
    if (arriba === undefined) this.#learnSpeed();
  }

  /** As of the last look. */
  get stats(): Stats {
    return { ...this.#measured, ...speedOf(this.#nominal, this.#live) };
  }

  /** Measures. False if that failed; the problem is noted. */
  async look(): Promise<boolean> {
    try {
      const measured = this.#sample();
      this.#measured =
        measured instanceof Promise
          ? await within(SAMPLE_TIMEOUT, measured, `no sample within ${SAMPLE_TIMEOUT} ms`)
          : measured;
      this.#problems.end('sample');
      return true;
    } catch (thrown) {
      this.#problems.begin('sample', thrown);
      return false;
    }
  }

  /** Stops watching the event loop and closes the files that are kept open. A look after that still works. */
  close(): void {
    this.#delay?.close();
    this.#measurer?.close();
  }

  #measure(): Stats {
    const found = this.#measurer?.measure();
    this.#live = found?.live;
    return { ...found?.stats, ...(this.#delay ? { eventLoopDelay: this.#delay.sample() } : {}) };
  }

  /** At once if an earlier run measured this machine; else beside the first reports, which go out without it. */
  #learnSpeed(): void {
    const kept = keptBenchmark();
    if (kept) {
      this.#nominal = kept.arriba;
      return;
    }
    benchNode({ ref: false }).then(
      ({ arriba }) => {
        this.#nominal = arriba;
      },
      (thrown: unknown) => this.#problems.begin('benchmark', thrown),
    );
  }
}
