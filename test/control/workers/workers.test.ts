import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToControl, ToWorker } from '../../../src/control/workers/messages.ts';
import type { WorkerEnd, WorkerProcess } from '../../../src/control/workers/worker-process.ts';
import { Workers } from '../../../src/control/workers/workers.ts';
import { eventually } from '../../support/eventually.ts';

let folder: string;
let workers: Workers;
let program: string;
let ends: { readonly number: number; readonly end: WorkerEnd; readonly wait: number | undefined }[];
let heard: ToControl[];

/** Serves when it is told to start, and drains when it is told to. `failing` cannot start. */
const OBEDIENT = `
process.on('message', (message) => {
  if (message.kind === 'start') process.send({ kind: 'ready', version: message.version, addresses: [] });
  if (message.kind === 'config') process.send({ kind: 'configured', version: message.version, ok: true, text: '' });
  if (message.kind === 'drain') process.send({ kind: 'drained', clean: message.grace > 0 }, () => process.exit(0));
});
process.on('disconnect', () => process.exit(0));
`;
const FAILING =
  "process.on('message', () => process.send({ kind: 'failed', text: 'no' }, () => process.exit(1)));";

const orders = (): ToWorker => ({ kind: 'start', version: 4 }) as unknown as ToWorker;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
  program = OBEDIENT;
  ends = [];
  heard = [];
  workers = new Workers({
    program: () => ({ args: ['--eval', program], env: {}, sockets: [] }),
    orders,
    heard: (_, message) => void heard.push(message),
    ended: ({ number }, end, wait) => void ends.push({ number, end, wait }),
  });
});

afterEach(async () => {
  await workers.close();
  await rm(folder, { recursive: true });
});

const numbers = (some: readonly WorkerProcess[]): readonly number[] => some.map(({ number }) => number);

describe('workers', () => {
  it('are started together and know which configuration they have', async () => {
    await workers.start(2);
    expect(numbers(workers.serving)).toEqual([1, 2]);
    expect(workers.serving.map(({ version }) => version)).toEqual([4, 4]);
  });

  it('cannot be started where one says that it cannot, with its reason', async () => {
    program = FAILING;
    await expect(workers.start(2)).rejects.toThrow('no');
  });

  it('cannot be started where one ends before it serves', async () => {
    program = 'process.exit(7)';
    await expect(workers.start(1)).rejects.toThrow('it ended (exit 7)');
  });

  it('are replaced when they die, and told of', async () => {
    await workers.start(2);
    workers.serving[0]?.kill('SIGKILL');
    await eventually(() => workers.serving.length === 2 && ends.length === 1);
    expect(numbers(workers.serving)).toEqual([2, 3]);
    expect(ends).toMatchObject([{ number: 1, end: { signal: 'SIGKILL', stuck: undefined }, wait: 100 }]);
  });

  it('are replaced at once when a function is stuck, which is named', async () => {
    await workers.start(1);
    program = `${OBEDIENT}`;
    const stuck = `${OBEDIENT}
      require('node:fs').writeSync(3, JSON.stringify({ stuck: './loop.ts', hash: 'abc' }) + '\\n');
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50);`;
    program = stuck;
    const rolled = workers.roll(100);
    await rolled.catch(() => undefined);
    program = OBEDIENT;
    await eventually(() => ends.some(({ end }) => end.stuck));
    expect(ends.find(({ end }) => end.stuck)).toMatchObject({
      end: { stuck: { name: './loop.ts', hash: 'abc' } },
      wait: 0,
    });
    await eventually(() => workers.serving.length === 1);
  });

  it('leave one by one, each when its successor serves', async () => {
    await workers.start(2);
    await workers.roll(1000);
    await eventually(() => workers.running.length === 2);
    expect(numbers(workers.serving)).toEqual([3, 4]);
    expect(ends.map(({ wait }) => wait)).toEqual([undefined, undefined]);
  });

  it('stay when a successor cannot start', async () => {
    await workers.start(2);
    program = FAILING;
    await expect(workers.roll(1000)).rejects.toThrow('no');
    await eventually(() => workers.running.length === 2);
    expect(numbers(workers.serving)).toEqual([1, 2]);
  });

  it('become more, or fewer', async () => {
    await workers.start(1);
    await workers.resize(3, 1000);
    expect(numbers(workers.serving)).toEqual([1, 2, 3]);
    await workers.resize(1, 1000);
    expect(numbers(workers.serving)).toEqual([1]);
    await eventually(() => workers.running.length === 1);
    expect(workers.wanted).toBe(1);
  });

  it('are not started twice when one has died just before their number is set again', async () => {
    await workers.start(2);
    workers.serving[0]?.kill('SIGKILL');
    await eventually(() => ends.length === 1);
    await workers.resize(2, 1000);
    await eventually(() => workers.serving.length === 2);
    expect(numbers(workers.serving)).toEqual([2, 3]);
  });

  it('are replaced when they leave by themselves', async () => {
    program = `${OBEDIENT} process.on('SIGTERM', () => process.send({ kind: 'leaving' }));`;
    await workers.start(1);
    workers.serving[0]?.kill('SIGTERM');
    await eventually(() => numbers(workers.serving)[0] === 2);
    expect(workers.running).toHaveLength(2);
  });

  it('take a new configuration together; one that dies meanwhile is not waited for', async () => {
    await workers.start(2);
    const [first] = workers.serving;
    const configured = workers.configure({ version: 9, config: {} as never });
    first?.kill('SIGKILL');
    await configured;
    expect(workers.worker(2)?.version).toBe(9);
  });

  it('drain, and say whether nothing was cut', async () => {
    await workers.start(2);
    expect(await workers.drain(1000)).toBe(true);
    expect(workers.running).toEqual([]);
    expect(ends.map(({ wait }) => wait)).toEqual([undefined, undefined]);
  });

  it('are not clean when they say so, or are killed while they drain', async () => {
    program = `${OBEDIENT.replace("message.kind === 'drain'", "message.kind === 'never'")}`;
    await workers.start(1);
    const drained = workers.drain(1000);
    workers.running[0]?.kill('SIGKILL');
    expect(await drained).toBe(false);
  });

  it('that are gone take no messages and tell who sends', async () => {
    await workers.start(1);
    const [worker] = workers.serving;
    await workers.drain(1000);
    const sent = await new Promise((resolve) => {
      worker?.send({ kind: 'reopenLogs' }, undefined, resolve);
    });
    expect(sent).toBeInstanceOf(Error);
  });
});
