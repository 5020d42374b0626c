import { afterEach, describe, expect, it } from 'vitest';
import { type HandFault, type HandOrder, Hands, MAX_HANDS } from '../../src/control/hands.ts';
import { parseAddressRule } from '../../src/core/accept.ts';
import { Board } from '../../src/core/board.ts';
import type { HandState } from '../../src/core/server-spec.ts';
import type { SharedHand, SharedHands } from '../../src/state/shared-hands.ts';
import { aReport, aSpec, ids, SOURCE, urlOf } from '../core/support.ts';

/** A store for all proxies that the test can take away. */
class Store implements SharedHands {
  readonly kept = new Map<string, SharedHand>();
  readonly #heard: ((all: readonly SharedHand[]) => void)[] = [];
  isAway = false;

  async set(pool: string, server: string, hand: HandState | undefined): Promise<void> {
    if (this.isAway) throw new Error('connection refused');
    if (hand) this.kept.set(`${pool} ${server}`, { pool, server, hand });
    else this.kept.delete(`${pool} ${server}`);
    this.tell();
  }

  follow(heard: (all: readonly SharedHand[]) => void): void {
    this.#heard.push(heard);
    if (this.kept.size > 0) heard([...this.kept.values()]);
  }

  tell(): void {
    for (const heard of this.#heard) heard(structuredClone([...this.kept.values()]));
  }
}

const open: Hands[] = [];
afterEach(() => {
  for (const hands of open.splice(0)) hands.close();
});

interface Proxy {
  readonly board: Board;
  readonly hands: Hands;
  readonly events: string[];
  wallNow: number;
  /** How often others were told that the board has changed. */
  told: number;
  configure(names: readonly string[]): void;
}

const aProxy = (
  shared?: Store,
  pools: Readonly<Record<string, readonly string[]>> = { web: ['a', 'b'] },
): Proxy => {
  const board = new Board();
  const accept = ['10.0.0.0/8'].flatMap((text) => parseAddressRule(text) ?? []);
  const configure = (wanted: typeof pools): void =>
    board.configure(
      Object.entries(wanted).map(([name, servers]) => ({
        name,
        servers: servers.map((id) => aSpec(id)),
        accept,
      })),
    );
  configure(pools);
  const events: string[] = [];
  const clock = { wallNow: 1_000_000, told: 0 };
  const hands = new Hands({
    board,
    wallClock: () => clock.wallNow,
    events: { add: (kind, message) => void events.push(`${kind}: ${message}`) },
    changed: () => {
      clock.told += 1;
    },
    ...(shared ? { shared } : {}),
  });
  open.push(hands);
  return Object.assign(clock, {
    board,
    hands,
    events,
    configure: (names: readonly string[]) => configure({ web: names }),
  });
};

const eligible = ({ board }: Proxy): string => ids(board.pool('web')?.eligible ?? []);

describe('an order', () => {
  it.each<[string, Partial<HandOrder>, string]>([
    ['drains', { state: 'drain', reason: 'new disk' }, 'a in pool web: set by hand to drain: new disk'],
    [
      'puts into maintenance',
      { state: 'maint', forMs: 600_000 },
      'a in pool web: set by hand to maint for 10m',
    ],
    ['takes the weight away', { weight: 0 }, 'a in pool web: set by hand to ready, weight 0'],
  ])('%s a server, says so and tells others', async (_, order, event) => {
    const proxy = aProxy();
    expect(await proxy.hands.set({ server: 'a', ...order })).toEqual({ pool: 'web', server: 'a' });
    expect(eligible(proxy)).toBe('b');
    expect(proxy.events).toEqual([`server_set: ${event}`]);
    expect(proxy.told).toBe(1);
  });

  it('has the name of who gave it, where that is known', async () => {
    const { board, hands, events } = aProxy();
    await hands.set({ server: 'a', state: 'drain', reason: 'new disk', by: 'ops' });
    expect(board.pools()[0]?.byId('a')?.hand).toEqual({ state: 'drain', reason: 'new disk', by: 'ops' });
    expect(events).toEqual(['server_set: a in pool web: set by ops to drain: new disk']);
  });

  it('for ready lifts everything', async () => {
    const proxy = aProxy();
    await proxy.hands.set({ server: 'a', state: 'drain', weight: 0.5 });
    await proxy.hands.set({ server: 'a', state: 'ready' });
    expect(proxy.board.pool('web')?.byId('a')).toMatchObject({ hand: undefined, weight: 1 });
    expect(proxy.events.at(-1)).toBe('server_set: a in pool web: lifted by hand');
  });

  it('for a weight alone keeps what else is set', async () => {
    const proxy = aProxy();
    await proxy.hands.set({ server: 'a', state: 'maint', reason: 'disk', forMs: 1000 });
    await proxy.hands.set({ server: 'a', weight: 0.5 });
    expect(proxy.board.pool('web')?.byId('a')?.hand).toEqual({
      state: 'maint',
      weight: 0.5,
      reason: 'disk',
      until: 1_001_000,
    });
    await proxy.hands.set({ server: 'b', weight: 0.5 });
    expect(proxy.board.pool('web')?.byId('b')?.hand).toMatchObject({ state: 'ready', weight: 0.5 });
  });

  it('for weight 1 of a server that is ready lifts everything', async () => {
    const proxy = aProxy();
    await proxy.hands.set({ server: 'a', weight: 0.5 });
    await proxy.hands.set({ server: 'a', weight: 1 });
    expect(proxy.board.pool('web')?.byId('a')?.hand).toBeUndefined();
  });

  it.each<[string, HandOrder, HandFault['code'], string]>([
    ['a server that nobody has', { server: 'z', state: 'drain' }, 'unknown', 'no server "z" in "web", "api"'],
    ['a server that another pool has', { server: 'c', pool: 'web', state: 'drain' }, 'unknown', 'in "web"'],
    [
      'a pool that is none',
      { server: 'a', pool: 'x', state: 'drain' },
      'unknown',
      'no pool "x"; there is "web", "api"',
    ],
    ['a server in two pools', { server: 'b', state: 'drain' }, 'ambiguous', 'pools "web" and "api"'],
  ])('on %s is refused', async (_, order, code, message) => {
    const proxy = aProxy(undefined, { web: ['a', 'b'], api: ['b', 'c'] });
    const fault = await proxy.hands.set(order);
    expect(fault).toMatchObject({ code });
    expect(fault).toHaveProperty('message', expect.stringContaining(message));
    expect(proxy.events).toEqual([]);
  });

  it('on a server in two pools takes the pool that is named', async () => {
    const proxy = aProxy(undefined, { web: ['a', 'b'], api: ['b'] });
    await proxy.hands.set({ server: 'b', pool: 'api', state: 'drain' });
    expect(eligible(proxy)).toBe('a b');
    expect(proxy.board.pool('api')?.eligible).toEqual([]);
  });
});

describe('what is set', () => {
  it('is lifted when its time is over, not before', async () => {
    const proxy = aProxy();
    await proxy.hands.set({ server: 'a', state: 'drain', forMs: 5000 });
    proxy.wallNow += 4999;
    proxy.hands.apply();
    expect(eligible(proxy)).toBe('b');
    proxy.wallNow += 1;
    proxy.hands.apply();
    expect(eligible(proxy)).toBe('a b');
    expect(proxy.events.at(-1)).toBe('server_set: a in pool web: its time as drain is over');
    expect(proxy.told).toBe(2);
  });

  it('is on a server that is announced when it is looked for, at once', async () => {
    const proxy = aProxy();
    const announce = (seq: number, now: number): void => {
      proxy.board.hear(aReport([], { seq, servers: [{ url: urlOf('c') }] }), SOURCE, now);
      proxy.hands.apply();
    };
    announce(1, 0);
    await proxy.hands.set({ server: '10.0.0.3:80', state: 'maint' });
    proxy.board.sweep(1e9);
    expect(proxy.board.pool('web')?.byId('10.0.0.3:80')).toBeUndefined();
    announce(2, 1e9);
    expect(eligible(proxy)).toBe('a b');
  });

  it('holds for a server that leaves and comes again', async () => {
    const proxy = aProxy();
    await proxy.hands.set({ server: 'a', state: 'drain' });
    proxy.configure(['b']);
    proxy.hands.apply();
    proxy.configure(['a', 'b']);
    proxy.hands.apply();
    expect(eligible(proxy)).toBe('b');
  });

  it('stays through a new configuration that keeps the server', async () => {
    const proxy = aProxy();
    await proxy.hands.set({ server: 'a', weight: 0.25 });
    proxy.configure(['a', 'b', 'c']);
    expect(proxy.board.pool('web')?.byId('a')?.weight).toBe(0.25);
  });

  it('is not touched, and nobody is told, where nothing has changed', async () => {
    const proxy = aProxy();
    await proxy.hands.set({ server: 'a', state: 'drain' });
    const { version } = proxy.board.pool('web')!;
    for (let i = 0; i < 3; i++) proxy.hands.apply();
    expect(proxy.board.pool('web')?.version).toBe(version);
    expect(proxy.told).toBe(1);
  });
});

describe('with a state that is shared', () => {
  it('every proxy sees what one of them sets, and each says so once', async () => {
    const store = new Store();
    const [one, two] = [aProxy(store), aProxy(store)];
    await one.hands.set({ server: 'a', state: 'maint', reason: 'disk' });
    expect([eligible(one), eligible(two)]).toEqual(['b', 'b']);
    await two.hands.set({ server: 'a', state: 'ready' });
    expect([eligible(one), eligible(two)]).toEqual(['a b', 'a b']);
    const lines = ({ events }: Proxy) => events.map((event) => event.replace(/^.*web: /, ''));
    expect(lines(one)).toEqual(['set by hand to maint: disk', 'lifted by another proxy']);
    expect(lines(two)).toEqual(['set in the shared state to maint: disk', 'lifted by hand']);
  });

  it('a proxy that starts finds what was set before, also for a server that comes later', async () => {
    const store = new Store();
    await store.set('web', 'a', { state: 'drain', reason: '' });
    await store.set('web', '10.0.0.3:80', { state: 'drain', reason: '' });
    const proxy = aProxy(store);
    expect(eligible(proxy)).toBe('b');
    proxy.board.hear(aReport([], { servers: [{ url: urlOf('c') }, { url: urlOf('d') }] }), SOURCE, 0);
    proxy.hands.apply();
    expect(eligible(proxy)).toBe('b 10.0.0.4:80');
  });

  it('nothing changes where the store cannot be written', async () => {
    const store = new Store();
    const proxy = aProxy(store);
    store.isAway = true;
    expect(await proxy.hands.set({ server: 'a', state: 'drain' })).toEqual({
      code: 'store',
      message: 'the shared state cannot be written: connection refused',
    });
    expect(eligible(proxy)).toBe('a b');
    expect(proxy.events).toEqual([]);
  });

  it('a reason from elsewhere stays within its line of the log', async () => {
    const store = new Store();
    const proxy = aProxy(store);
    await store.set('web', 'a', { state: 'drain', reason: 'disk\nERROR all is lost' });
    expect(proxy.events.join('|')).toContain('drain: disk ERROR all is lost');
  });

  it('what is over its time is not heeded, though the store has it still', async () => {
    const store = new Store();
    const proxy = aProxy(store);
    await proxy.hands.set({ server: 'a', state: 'drain', forMs: 1000 });
    proxy.wallNow += 1000;
    proxy.hands.apply();
    const said = proxy.events.length;
    store.tell();
    proxy.hands.apply();
    expect(eligible(proxy)).toBe('a b');
    expect(proxy.events).toHaveLength(said);
  });

  it('more than can be kept are cut off, and more are not taken', async () => {
    const store = new Store();
    for (let i = 0; i < MAX_HANDS + 5; i++)
      store.kept.set(`web s${i}`, { pool: 'web', server: `s${i}`, hand: { state: 'drain', reason: '' } });
    const proxy = aProxy(store);
    expect(await proxy.hands.set({ server: 'a', state: 'drain' })).toMatchObject({ code: 'full' });
    expect(eligible(proxy)).toBe('a b');
  });

  it('a proxy that is closed heeds nothing more', async () => {
    const store = new Store();
    const proxy = aProxy(store);
    proxy.hands.close();
    await store.set('web', 'a', { state: 'drain', reason: '' });
    expect(eligible(proxy)).toBe('a b');
  });
});
