import { describe, expect, it } from 'vitest';
import { SharedStore, type SharedTexts } from '../../src/sessions/shared-store.ts';
import { eventually } from '../support/eventually.ts';

interface Place extends SharedTexts {
  readonly texts: Map<string, string>;
  /** What is done before each call. */
  before: () => Promise<void>;
  readonly asked: string[];
}

const aPlace = (): Place => {
  const texts = new Map<string, string>();
  const place: Place = {
    texts,
    asked: [],
    before: async () => undefined,
    get: async (id) => {
      place.asked.push(`get ${id}`);
      await place.before();
      return texts.get(id);
    },
    set: async (id, text) => {
      place.asked.push(`set ${id}`);
      await place.before();
      texts.set(id, text);
    },
    remove: async (id) => {
      place.asked.push(`remove ${id}`);
      await place.before();
      texts.delete(id);
    },
    close: async () => undefined,
  };
  return place;
};

const aStore = (texts: SharedTexts, clock = { now: 0 }, secret = '0123456789abcdef') =>
  new SharedStore({ texts, secrets: [secret], ttl: 60_000, maxEntries: 10, now: () => clock.now });

const never = (): Promise<void> => new Promise(() => undefined);

describe('sessions in a shared place', () => {
  it('are there for every process with the same secret', async () => {
    const place = aPlace();
    const one = aStore(place);
    one.save('a', { n: 1 });
    await eventually(() => place.texts.has('a'), 'it is written');
    const other = aStore(place);
    expect(other.peek('a')).toBeUndefined();
    expect(await other.load('a')).toEqual({ n: 1 });
    expect(other.peek('a')).toEqual({ n: 1 });
  });

  it('are none where somebody else has written them', async () => {
    const place = aPlace();
    aStore(place).save('a', { n: 1 });
    await eventually(() => place.texts.has('a'), 'it is written');
    place.texts.set('b', place.texts.get('a') ?? '');
    place.texts.set('c', '{"admin":true}');
    place.texts.set('d', `${'A'.repeat(43)} {"admin":true}`);
    const store = aStore(place);
    for (const id of ['b', 'c', 'd', 'none']) expect(await store.load(id)).toBeUndefined();
    expect(await aStore(place, undefined, 'another secret 16').load('a')).toBeUndefined();
  });

  it('are asked for again after a second', async () => {
    const place = aPlace();
    const clock = { now: 0 };
    const [one, other] = [aStore(place, clock), aStore(place, clock)];
    one.save('a', { n: 1 });
    await eventually(() => place.texts.has('a'), 'it is written');
    expect(await other.load('a')).toEqual({ n: 1 });
    one.save('a', { n: 2 });
    await eventually(
      () => place.asked.filter((what) => what === 'set a').length === 2,
      'it is written again',
    );
    expect(other.peek('a')).toEqual({ n: 1 });
    clock.now = 1000;
    expect(other.peek('a')).toBeUndefined();
    expect(await other.load('a')).toEqual({ n: 2 });
  });

  it('are asked for once for all who wait', async () => {
    const place = aPlace();
    const store = aStore(place);
    await Promise.all([store.load('a'), store.load('a'), store.load('a')]);
    expect(place.asked).toEqual(['get a']);
    expect(store.peek('a')).toBe('none');
  });

  it('that do not come in time are done without, and counted', async () => {
    const place = aPlace();
    place.before = never;
    const store = aStore(place);
    expect(await store.load('a')).toBeUndefined();
    expect(store.counts.lateLoads).toBe(1);
    place.before = () => Promise.reject(new Error('down'));
    expect(await store.load('b')).toBeUndefined();
    expect(store.counts).toEqual({ lateLoads: 2, lostWrites: 0 });
  });

  it('are written twice before they are given up', async () => {
    const place = aPlace();
    let faults = 1;
    place.before = async () => {
      faults -= 1;
      if (faults >= 0) throw new Error('down');
    };
    const store = aStore(place);
    store.save('a', { n: 1 });
    await eventually(() => place.texts.has('a'), 'the second try writes it');
    faults = 2;
    store.save('b', { n: 1 });
    await eventually(() => store.counts.lostWrites === 1, 'it is counted as lost');
    expect(place.texts.has('b')).toBe(false);
    expect(store.peek('b')).toEqual({ n: 1 });
  });

  it('that were destroyed never come back by a late write', async () => {
    const place = aPlace();
    let go: () => void = () => undefined;
    let first = true;
    place.before = () => {
      if (!first) return Promise.resolve();
      first = false;
      return new Promise((_, reject) => {
        go = () => reject(new Error('late'));
      });
    };
    const store = aStore(place);
    store.save('a', { n: 1 });
    store.remove('a');
    await eventually(() => place.asked.length === 1);
    go();
    await eventually(() => place.asked.at(-1) === 'remove a', 'it is removed last');
    await store.close();
    expect(place.texts.has('a')).toBe(false);
    expect(store.peek('a')).toBe('none');
  });

  it('say that they are in trouble once a minute', () => {
    const place = aPlace();
    place.before = never;
    const clock = { now: 0 };
    const told: unknown[] = [];
    const store = new SharedStore({
      ...{ texts: place, secrets: ['0123456789abcdef'], ttl: 1000, maxEntries: 10 },
      now: () => clock.now,
      troubled: (counts) => void told.push(counts),
    });
    for (let i = 0; i < 1010; i++) store.save(String(i), {});
    expect(told).toEqual([{ lateLoads: 0, lostWrites: 1 }]);
    clock.now = 60_000;
    store.save('x', {});
    expect(told).toHaveLength(2);
  });

  it('are lost and counted where too many writes are under way', () => {
    const place = aPlace();
    place.before = never;
    const store = aStore(place);
    for (let i = 0; i < 1200; i++) store.save(String(i), {});
    expect(store.counts.lostWrites).toBe(200);
  });
});
