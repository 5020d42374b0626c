import { describe, expect, it } from 'vitest';
import { ENTRIES, Heartbeat, RUNNING, type WatchedFunction } from '../../src/script/heartbeat.ts';

describe('Heartbeat', () => {
  it('shows the function that runs, and 0 between', () => {
    const heartbeat = new Heartbeat();
    const number = heartbeat.register('./s.ts', 'abc');
    const before = heartbeat.enter(number);
    expect([...heartbeat.words]).toEqual([1, 1]);
    heartbeat.leave(before);
    expect([...heartbeat.words]).toEqual([0, 1]);
  });

  it('changes its count with every entry from outside and not with those within', () => {
    const heartbeat = new Heartbeat();
    const outer = heartbeat.enter(1);
    const count = heartbeat.words[ENTRIES];
    const inner = heartbeat.enter(2);
    expect([heartbeat.words[RUNNING], heartbeat.words[ENTRIES]]).toEqual([2, count]);
    heartbeat.leave(inner);
    expect(heartbeat.words[RUNNING]).toBe(1);
    heartbeat.leave(outer);
    heartbeat.enter(1);
    expect(heartbeat.words[ENTRIES]).not.toBe(count);
  });

  it('gives one number to a version of a function, and tells a listener of all', () => {
    const heartbeat = new Heartbeat();
    const heard: WatchedFunction[] = [];
    expect([
      heartbeat.register('a', '1'),
      heartbeat.register('a', '2'),
      heartbeat.register('a', '1'),
    ]).toEqual([1, 2, 1]);
    heartbeat.listen((watched) => heard.push(watched));
    heartbeat.register('b', '1');
    heartbeat.listen(undefined);
    heartbeat.register('c', '1');
    expect(heard.map(({ number, name, hash }) => `${number} ${name} ${hash}`)).toEqual([
      '1 a 1',
      '2 a 2',
      '3 b 1',
    ]);
  });
});
