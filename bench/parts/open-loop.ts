import { Agent, request } from 'node:http';
import type { Draws } from '../../src/simulator/draws.ts';
import { workOf } from '../../src/simulator/work.ts';

/** Load that comes whether or not answers do. */
export interface OpenLoad {
  readonly port: number;
  /** Requests a second, Poisson. */
  readonly rate: number;
  readonly seconds: number;
  /** What comes before counts for nothing. */
  readonly warmUpSeconds: number;
  /** Mean work of a request, ms; drawn from the simulator's `normal` distribution, whose deviation is its mean. */
  readonly meanWork: number;
  readonly draws: Draws;
}

/** How it went: times from when a request was due, ms, in ascending order. */
export interface OpenLoadResult {
  readonly times: readonly number[];
  readonly errors: number;
}

const TIMEOUT_MS = 5000;

/** Sends one request; answers with whether that went well. Never rejects. */
const send = (agent: Agent, port: number, work: number): Promise<boolean> =>
  new Promise((resolve) => {
    const sent = request(
      { host: '127.0.0.1', port, agent, headers: { 'x-work': work.toFixed(2) } },
      (answer) => {
        answer.resume();
        answer.once('close', () => resolve(answer.complete && answer.statusCode === 200));
      },
    );
    const cut = setTimeout(() => sent.destroy(), TIMEOUT_MS);
    sent.on('error', () => resolve(false));
    sent.once('close', () => clearTimeout(cut));
    sent.end();
  });

/** Sends requests at their moments, whatever happens to those before (open loop; Schroeder et al., NSDI '06). */
export const openLoop = async ({
  port,
  rate,
  seconds,
  warmUpSeconds,
  meanWork,
  draws,
}: OpenLoad): Promise<OpenLoadResult> => {
  const nextWork = workOf('normal', meanWork, draws);
  const agent = new Agent({ keepAlive: true, maxSockets: 4096, scheduling: 'fifo' });
  const start = performance.now();
  const times: number[] = [];
  let errors = 0;
  const fire = async (dueMs: number): Promise<void> => {
    const isGood = await send(agent, port, nextWork());
    if (dueMs < warmUpSeconds * 1000) return;
    times.push(Math.min(TIMEOUT_MS, performance.now() - start - dueMs));
    if (!isGood) errors += 1;
  };
  const open: Promise<void>[] = [];
  const end = (warmUpSeconds + seconds) * 1000;
  for (let due = 0; due < end; due += draws.exponential(1000 / rate)) {
    const wait = start + due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    open.push(fire(due));
  }
  await Promise.all(open);
  agent.destroy();
  return { times: times.toSorted((a, b) => a - b), errors };
};
