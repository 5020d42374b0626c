import { expect, it } from 'vitest';
import { AtWork } from '../../src/script/at-work.ts';
import { ENTRIES, Heartbeat, RUNNING } from '../../src/script/heartbeat.ts';
import { eventually } from '../support/eventually.ts';

const aHeart = () => {
  const heartbeat = new Heartbeat();
  return { heartbeat, atWork: new AtWork(heartbeat), running: () => heartbeat.words[RUNNING] };
};

it('a function that is at work is named while nothing else runs', () => {
  const { heartbeat, atWork, running } = aHeart();
  const end = atWork.begin('a', 'x');
  expect(running()).toBe(heartbeat.register('a', 'x'));
  const other = heartbeat.register('b', 'x');
  const before = heartbeat.enter(other);
  expect(running()).toBe(other);
  heartbeat.leave(before);
  expect(running()).toBe(heartbeat.register('a', 'x'));
  end();
  expect(running()).toBe(0);
});

it('what ends while another function runs does not hide that', () => {
  const { heartbeat, atWork, running } = aHeart();
  const end = atWork.begin('a', 'x');
  const other = heartbeat.register('b', 'x');
  const before = heartbeat.enter(other);
  end();
  expect(running()).toBe(other);
  heartbeat.leave(before);
  expect(running()).toBe(0);
});

it('of several the last one is named, until it ends', () => {
  const { heartbeat, atWork, running } = aHeart();
  const ends = ['a', 'a', 'b'].map((name) => atWork.begin(name, 'x'));
  expect(running()).toBe(heartbeat.register('b', 'x'));
  ends[2]?.();
  ends[2]?.();
  expect(running()).toBe(heartbeat.register('a', 'x'));
  ends[0]?.();
  expect(running()).toBe(heartbeat.register('a', 'x'));
  ends[1]?.();
  expect(running()).toBe(0);
});

it('renews its time as long as the event loop turns', async () => {
  const { heartbeat, atWork } = aHeart();
  const end = atWork.begin('a', 'x');
  const first = heartbeat.words[ENTRIES] ?? 0;
  await eventually(() => (heartbeat.words[ENTRIES] ?? 0) > first + 1, 'it is renewed again and again');
  end();
});
