/**
 * Every policy in every scenario of `examples/scenarios`, by `forehand simulate`: median p99 and p99.9 of several seeds
 * as a table in Markdown on standard error, for docs/balancing.md; the last line on standard output is one JSON object,
 * by scenario and policy. `--scenarios A,B --policies a,b --seeds 1,2,3`.
 */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { POLICY_NAMES } from '../src/config/planning/policies.ts';
import { median } from './parts/median.ts';
import { among } from './parts/read-flags.ts';
import { runBench } from './parts/run-bench.ts';

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const FOLDER = fileURLToPath(new URL('../../examples/scenarios', import.meta.url));
const POLICIES =
  'default,full,leastConnections,twoChoices,peakEwma,orcaWeighted,prequal,prequalPaper,textbookBackhand';

interface Run {
  readonly scenario: string;
  readonly policy: string;
  readonly seed: string;
}

interface Outcome {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly requests: number;
  readonly errors: number;
}

const runOne = async ({ scenario, policy, seed }: Run): Promise<Outcome> => {
  const args = [MAIN, 'simulate', join(FOLDER, `${scenario}.yaml`), '--policy', policy, '--seed', seed];
  const { stdout } = await promisify(execFile)(process.execPath, [...args, '--json']);
  return JSON.parse(stdout) as Outcome;
};

/** Runs all, as many at a time as there are cores; calls back with each as it ends. */
const runAll = async (runs: readonly Run[], ended: (run: Run, outcome: Outcome) => void): Promise<void> => {
  const left = [...runs];
  const work = async (): Promise<void> => {
    for (let run = left.shift(); run; run = left.shift()) ended(run, await runOne(run));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
};

interface Cell {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** Failed requests, as a part of all. */
  readonly errors: number;
}

const cellOf = (outcomes: readonly Outcome[]): Cell => {
  const middle = (of: (outcome: Outcome) => number): number => median(outcomes.map(of));
  return {
    p50: middle(({ p50 }) => p50),
    p99: middle(({ p99 }) => p99),
    p999: middle(({ p999 }) => p999),
    errors: middle(({ errors, requests }) => errors / requests),
  };
};

const shown = ({ p99, p999, errors }: Cell): string => {
  const failed = errors >= 0.00005 ? ` (${(100 * errors).toPrecision(2)} %)` : '';
  return `${p99.toFixed(0)} / ${p999.toFixed(0)}${failed}`;
};

type Cells = Readonly<Record<string, Readonly<Record<string, Cell>>>>;

const markdown = (cells: Cells, policies: readonly string[]): string => {
  const rows = Object.entries(cells).map(
    ([scenario, byPolicy]) =>
      `| ${[scenario, ...policies.map((policy) => byPolicy[policy]).map((cell) => (cell ? shown(cell) : ''))].join(' | ')} |`,
  );
  return [
    `| ${['scenario', ...policies].join(' | ')} |`,
    `|${'---|'.repeat(policies.length + 1)}`,
    ...rows,
  ].join('\n');
};

await runBench(async () => {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { scenarios: text, policies: text, seeds: text } });
  const known = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.replace(/\.yaml$/, ''));
  const scenarios = among('scenarios', values.scenarios, known);
  const policies = among('policies', values.policies ?? POLICIES, POLICY_NAMES);
  const seeds = (values.seeds ?? '1,2,3').split(',');
  const outcomes = new Map<string, Outcome[]>();
  const runs = scenarios.flatMap((scenario) =>
    policies.flatMap((policy) => seeds.map((seed) => ({ scenario, policy, seed }))),
  );
  await runAll(runs, (run, outcome) => {
    const key = `${run.scenario} ${run.policy}`;
    outcomes.set(key, [...(outcomes.get(key) ?? []), outcome]);
    console.error(`${key} ${run.seed}: ${shown(cellOf([outcome]))}`);
  });
  const cells = Object.fromEntries(
    scenarios.map((scenario) => [
      scenario,
      Object.fromEntries(
        policies.map((policy) => [policy, cellOf(outcomes.get(`${scenario} ${policy}`) ?? [])]),
      ),
    ]),
  );
  console.error(`\n${markdown(cells, policies)}`);
  return cells;
});
