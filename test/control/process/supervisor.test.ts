import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Log, silentLog } from '../../../src/control/logs/log.ts';
import { STUCK_VARIABLE, stuckFunctions } from '../../../src/control/process/stuck.ts';
import { Supervisor } from '../../../src/control/process/supervisor.ts';

let folder: string;
let said: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
  said = [];
});

afterEach(() => rm(folder, { recursive: true }));

const log: Log = { ...silentLog, error: (message) => void said.push(message) };

/** Supervises a child with this program; resolves with the exit code of the whole. */
const supervise = async (
  program: string,
  onStart: (supervisor: Supervisor) => void = () => undefined,
): Promise<number> => {
  const file = join(folder, 'child.cjs');
  await writeFile(file, program);
  return new Promise((resolve) => {
    const supervisor = new Supervisor({
      args: [file],
      env: { FOLDER: folder },
      sockets: [],
      log,
      onEnd: resolve,
    });
    supervisor.start();
    onStart(supervisor);
  });
};

describe('the supervisor', () => {
  it('ends with the code of a child that could not start', async () => {
    expect(await supervise('process.exit(1)')).toBe(1);
    expect(said).toEqual([]);
  });

  it('starts a child anew that died after it was ready', async () => {
    const program = `
      const { existsSync, writeFileSync } = require('node:fs');
      const mark = process.env.FOLDER + '/mark';
      const again = existsSync(mark);
      writeFileSync(mark, '');
      process.send({ kind: 'ready' }, () => (again ? process.kill(process.ppid, 0) && process.send({ kind: 'ready' }) : process.exit(7)));
      if (again) { process.on('SIGTERM', () => process.exit(0)); writeFileSync(process.env.FOLDER + '/second', ''); setInterval(() => {}, 1000); }
    `;
    let supervisor: Supervisor | undefined;
    const ended = supervise(program, (started) => {
      supervisor = started;
    });
    while (!existsSync(join(folder, 'second'))) await new Promise((resolve) => setTimeout(resolve, 10));
    supervisor?.signal('SIGTERM');
    expect(await ended).toBe(0);
    expect(said[0]).toContain('exit 7');
  });

  it('ends the program when the child says that somebody wants the whole program to end', async () => {
    const program = `
      process.on('SIGTERM', () => process.exit(0));
      process.send({ kind: 'ready' });
      process.send({ kind: 'quit' });
      process.send({ kind: 'quit' });
      setInterval(() => {}, 1000);
    `;
    expect(await supervise(program)).toBe(0);
    expect(said).toEqual([]);
  });

  it('tells the next child what the last one was stuck in', async () => {
    const program = `
      const { writeSync, writeFileSync } = require('node:fs');
      const known = JSON.parse(process.env.${STUCK_VARIABLE});
      if (known.length > 0) { writeFileSync(process.env.FOLDER + '/known', JSON.stringify(known)); process.exit(5); }
      writeSync(3, JSON.stringify({ stuck: './loop.ts', hash: 'abc' }) + '\\n');
      process.kill(process.pid, 'SIGKILL');
    `;
    expect(await supervise(program)).toBe(5);
    expect(JSON.parse(readFileSync(join(folder, 'known'), 'utf8'))).toEqual([
      { name: './loop.ts', hash: 'abc' },
    ]);
    expect(said[0]).toContain('./loop.ts did not return');
  });

  it('kills a child that does not end, on the second signal, with exit code 2', async () => {
    const program = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); process.send({ kind: 'ready' }); require('node:fs').writeFileSync(process.env.FOLDER + '/up', '');`;
    let supervisor: Supervisor | undefined;
    const ended = supervise(program, (started) => {
      supervisor = started;
    });
    while (!existsSync(join(folder, 'up'))) await new Promise((resolve) => setTimeout(resolve, 10));
    supervisor?.signal('SIGTERM');
    supervisor?.signal('SIGTERM');
    expect(await ended).toBe(2);
  });
});

describe('stuckFunctions', () => {
  it.each([
    [undefined, []],
    ['[]', []],
    ['{"name":"x"}', []],
    ['[{"name":"a","hash":"b"},{"name":7},null]', [{ name: 'a', hash: 'b' }]],
  ])('of %s is %j', (text, expected) => {
    expect(stuckFunctions(text === undefined ? {} : { [STUCK_VARIABLE]: text })).toEqual(expected);
  });
});
