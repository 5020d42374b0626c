import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventLog } from '../../../src/control/events/events.ts';
import { type Log, silentLog } from '../../../src/control/logs/log.ts';
import { eventually } from '../../support/eventually.ts';

let folder: string;
let events: EventLog;
let errors: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forehand-events-'));
  errors = [];
  const log: Log = { ...silentLog, error: (message) => void errors.push(message) };
  events = new EventLog(log, () => Date.UTC(2026, 0, 1));
});

afterEach(async () => {
  await events.close();
  rmSync(folder, { recursive: true });
});

const file = (name = 'events.log'): string => join(folder, name);
const follow = (name?: string): void => events.take({ eventLog: { file: file(name) } });
const read = (name?: string): readonly unknown[] =>
  readFileSync(file(name), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line): unknown => JSON.parse(line));

describe('the file of events', () => {
  it('has a JSON line for each', async () => {
    follow();
    events.add('config_refused', 'line 3:\n"chain" – é', 'error');
    events.add('node_joined', 'node joined: n');
    await eventually(() => read().length === 2, 'both are written');
    const time = '2026-01-01T00:00:00.000Z';
    expect(read()).toEqual([
      { time, level: 'error', event: 'config_refused', message: 'line 3:\n"chain" – é' },
      { time, level: 'info', event: 'node_joined', message: 'node joined: n' },
    ]);
  });

  it('is opened by its name again, once it was moved away', async () => {
    follow();
    events.add('node_joined', 'one');
    await eventually(() => read().length === 1, 'the first is written');
    renameSync(file(), file('events.log.1'));
    await events.reopen();
    events.add('node_joined', 'two');
    await eventually(() => read().length === 1, 'the second is written');
    expect(read()).toMatchObject([{ message: 'two' }]);
    expect(read('events.log.1')).toMatchObject([{ message: 'one' }]);
  });

  it('is another one when the configuration says so, and none when it says nothing', async () => {
    follow();
    events.add('node_joined', 'one');
    follow('other.log');
    events.add('node_joined', 'two');
    events.take({});
    events.add('node_joined', 'three');
    await eventually(() => read('other.log').length === 1 && read().length === 1, 'each has its line');
  });

  it('that cannot be opened leaves the one before in use, and the log says so', async () => {
    follow();
    events.take({ eventLog: { file: join(folder, 'nowhere', 'events.log') } });
    events.add('node_joined', 'one');
    await eventually(() => read().length === 1, 'it is written');
    expect(errors).toEqual([expect.stringContaining('the event log cannot be opened')]);
  });
});
