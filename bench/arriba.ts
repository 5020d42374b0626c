/**
 * Whether live arriba follows: what the agent says of one piece of work, arriba x min(1, cpus), against what a fixed
 * job really gets done, while other work comes and goes and while a cgroup quota is set and lifted. The job once wants
 * a whole core and once a tenth of one. `--seconds N`: length of a phase, 8 if not said, at least 5. The last line on
 * standard output is one JSON object: {"phases":[{"name","error","settleMs"}],"medianError","worstSettleMs"}.
 */
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Machine } from '../agent/machine.ts';
import { Problems } from '../agent/problems.ts';
import { CpuQuota } from './parts/cpu-quota.ts';
import { type Follows, followsIn, type Phase, type Said, type Work } from './parts/follows.ts';
import { median } from './parts/median.ts';
import type { Rig, Running } from './parts/rig.ts';
import { runBench } from './parts/run-bench.ts';

const JOB = fileURLToPath(new URL('./parts/fixed-job.js', import.meta.url));
const NOMINAL = 1000;
const INTERVAL_MS = 250;
const QUOTA_CORES = 0.5;

const now = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Something that disturbs the job; answers with how to end it. */
type Disturb = (job: Running) => () => Promise<void> | void;

const hogs =
  (rig: Rig, ...args: readonly (string | number)[]): Disturb =>
  () => {
    const hog = rig.start({
      name: `stress-ng-${now()}`,
      command: 'stress-ng',
      args: ['-q', ...args.map(String)],
    });
    return async () => {
      process.kill(hog.pid, 'SIGTERM');
      await hog.ended;
    };
  };

const calm: Disturb = () => () => {};

const linesOf = (job: Running): readonly unknown[] =>
  job
    .output()
    .split('\n')
    .flatMap((line) => (line.endsWith('}') ? [JSON.parse(line)] : []));

const portOf = async (job: Running): Promise<number> => {
  for (let tries = 0; tries < 100; tries++) {
    const port = Number(Object(linesOf(job)[0]).port);
    if (port > 0) return port;
    await setTimeout(50);
  }
  throw new Error(`the job did not start:\n${job.output()}`);
};

/** An agent in this process, as `forehand agent` runs it: it finds the job by its port. */
class Agent {
  readonly said: Said[] = [];
  readonly #machine: Machine;
  #timer: NodeJS.Timeout | undefined;

  constructor(port: number) {
    this.#machine = new Machine(
      { arriba: NOMINAL, url: `http://127.0.0.1:${port}`, pids: 'listening' },
      new Problems((problem) => console.error(String(problem))),
    );
  }

  async look(): Promise<void> {
    await this.#machine.look();
    const { arriba = Number.NaN, cpus = 1, arribaFrom } = this.#machine.stats;
    this.said.push({ at: now(), speed: (arriba / NOMINAL) * Math.min(1, cpus) });
    if (arribaFrom !== 'schedstat' && this.said.length > 8) console.error(`arriba from ${arribaFrom}`);
    this.#timer = globalThis.setTimeout(() => void this.look(), INTERVAL_MS * (0.8 + 0.4 * Math.random()));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#machine.close();
  }
}

/** Runs one job through all phases. */
const follow = async (
  rig: Rig,
  kind: 'busy' | 'light',
  phases: readonly (readonly [string, Disturb])[],
  { seconds, quota }: { readonly seconds: number; readonly quota: CpuQuota | undefined },
): Promise<readonly Follows[]> => {
  const job = rig.start({ name: `job-${kind}`, command: process.execPath, args: [JOB, kind] });
  const agent = new Agent(await portOf(job));
  await agent.look();
  await setTimeout(1000);
  const taken: Phase[] = [];
  try {
    for (const [name, disturb] of phases) {
      const from = now();
      const end = disturb(job);
      await setTimeout(seconds * 1000);
      taken.push({ name: `${kind}: ${name}`, from, until: now() });
      await end();
    }
  } finally {
    agent.close();
    quota?.set(undefined);
    quota?.release(job.pid);
    process.kill(job.pid, 'SIGTERM');
    await job.ended;
  }
  const works = linesOf(job).slice(1) as readonly Work[];
  return taken.map((phase) => followsIn(phase, works, agent.said));
};

const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;

const show = (all: readonly Follows[]): void => {
  const row = (...cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(32) : cell.padStart(14))).join('');
  console.log(row('phase', 'truth', 'agent', 'error', 'of one report', 'settled, ms'));
  for (const { name, truth, said, error, reportError, settleMs } of all)
    console.log(
      row(name, truth.toFixed(3), said.toFixed(3), percent(error), percent(reportError), String(settleMs)),
    );
};

const secondsOf = (): number => {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: '8' } } });
  const seconds = Number(values.seconds);
  if (!(seconds >= 5)) throw new Error(`--seconds is a number from 5, not ${values.seconds}`);
  return seconds;
};

const measure = async (rig: Rig): Promise<object> => {
  const seconds = secondsOf();
  if (spawnSync('stress-ng', ['--version']).status !== 0)
    throw new Error('stress-ng is missing: apt-get install stress-ng');
  const cores = os.availableParallelism();
  const quota = CpuQuota.open();
  if (!quota)
    console.error(
      '\nNO CPU QUOTA CAN BE SET HERE (root and a writable cgroup are needed): those phases are left out.\n',
    );
  const limited: Disturb = () => {
    quota?.set(QUOTA_CORES);
    return () => quota?.set(undefined);
  };
  const full = hogs(rig, '--cpu', cores);
  const twice = hogs(rig, '--cpu', 2 * cores);
  const half = hogs(rig, '--cpu', cores, '--cpu-load', 50);
  const common: readonly (readonly [string, Disturb])[] = [
    ['calm', calm],
    ['a hog on each core', full],
    ['hogs stopped', calm],
    ['two hogs on each core', twice],
    ['these stopped', calm],
    ['hogs at half load', half],
    ['and these stopped', calm],
  ];
  // Not before: what runs in a group of its own shares the CPU with all hogs together as with one.
  const enter: Disturb = (job) => {
    quota?.add(job.pid);
    return () => {};
  };
  const withQuota: typeof common = quota
    ? [
        ['in a group without a quota', enter],
        [`a quota of ${QUOTA_CORES} cores`, limited],
        ['quota lifted', calm],
      ]
    : [];
  try {
    const busy = await follow(rig, 'busy', [...common, ...withQuota], { seconds, quota });
    const light = await follow(rig, 'light', common, { seconds, quota });
    const all = [...busy, ...light];
    show(all);
    const phases = all.map(({ name, error, settleMs }) => ({
      name,
      error: Number(error.toFixed(4)),
      settleMs,
    }));
    const settles = phases.map(({ settleMs }) => settleMs ?? Number.POSITIVE_INFINITY);
    const worst = Math.max(...settles);
    return {
      phases,
      medianError: median(phases.map(({ error }) => error)),
      worstSettleMs: Number.isFinite(worst) ? worst : null,
    };
  } finally {
    quota?.close();
  }
};

await runBench(measure);
