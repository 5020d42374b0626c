import { expect, it } from 'vitest';
import { type Log, silentLog } from '../../../src/control/logs/log.ts';
import { isTraceClass, TRACE_CLASSES, Trace, type TraceClass } from '../../../src/control/logs/trace.ts';

const aTrace = (names: readonly TraceClass[] = []) => {
  const said: unknown[] = [];
  const clock = { now: 0 };
  const info = (message: string, fields?: object): void => void said.push([message, fields]);
  const log: Log = { ...silentLog, info };
  return { trace: new Trace(log, () => clock.now, names), said, clock };
};

it('says nothing of classes that are off', () => {
  const { trace, said } = aTrace();
  for (const name of TRACE_CLASSES) {
    expect(trace.enabled(name)).toBe(false);
    trace.say(name, 'something');
  }
  expect(said).toEqual([]);
});

it('says what happens in the classes that are on, with its data', () => {
  const { trace, said } = aTrace(['pool']);
  trace.say('pool', 'connection opened', { server: 'web-1' });
  trace.say('timing', 'connected', { ms: 1 });
  trace.say('pool', 'connection closed');
  expect(said).toEqual([
    ['connection opened', { trace: 'pool', server: 'web-1' }],
    ['connection closed', { trace: 'pool' }],
  ]);
});

it('is switched at run time, as a whole', () => {
  const { trace } = aTrace(['pool', 'timing']);
  expect(trace.classes).toEqual(['pool', 'timing']);
  trace.set(['reports', 'config', 'reports']);
  expect(trace.classes).toEqual(['config', 'reports']);
  expect(TRACE_CLASSES.filter((name) => trace.enabled(name))).toEqual(['config', 'reports']);
  trace.set([]);
  expect(trace.classes).toEqual([]);
});

it('keeps the log from being flooded, and says how much it left out', () => {
  const { trace, said, clock } = aTrace(['decisions', 'timing']);
  for (let i = 0; i < 400; i++) trace.say('decisions', 'chosen');
  for (let i = 0; i < 400; i++) trace.say('timing', 'answered');
  expect(said).toHaveLength(500);
  clock.now = 999;
  trace.say('timing', 'answered');
  expect(said).toHaveLength(500);
  clock.now = 1000;
  trace.say('timing', 'answered');
  expect(said.slice(500)).toEqual([
    ['trace: 301 lines were left out, more than 500 in a second', undefined],
    ['answered', { trace: 'timing' }],
  ]);
});

it.each([
  ['pool', true],
  ['Pool', false],
  ['', false],
  [1, false],
  [null, false],
  ['constructor', false],
])('%j is a class: %s', (name, is) => {
  expect(isTraceClass(name)).toBe(is);
});
