import { afterEach, describe, expect, it } from 'vitest';
import { parseAddressRule } from '../../src/core/accept.ts';
import { Board, type BoardEvent } from '../../src/core/board.ts';
import type { NodeRecord } from '../../src/core/nodes.ts';
import type { Refusal, Report } from '../../src/core/report.ts';
import type { StateDriver, Subscriber } from '../../src/state/driver.ts';
import { publisherTo, receiverAt } from '../../src/state/driver-from-url.ts';
import { Tokens } from '../../src/state/tokens.ts';
import { eventually } from '../support/eventually.ts';
import { aClock, aReport, TOKEN } from './support.ts';

const HOUR = 3_600_000;
const WEB_ONLY = 'a-token-for-the-pool-web';
const open: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});

/** A proxy with the pools `web` and `api`, and agents that report to it, each with a clock of its own. */
const aProxy = async (where: string) => {
  const clock = aClock();
  const events: BoardEvent[] = [];
  const board = new Board((event) => events.push(event));
  const accept = [parseAddressRule('10.0.0.0/8')!];
  board.configure(['web', 'api'].map((name) => ({ name, servers: [], accept })));
  const refusals: Refusal[] = [];
  let heard = 0;
  const refused: Subscriber['refused'] = (refusal, _, claim) => {
    refusals.push(refusal);
    if (claim) board.refuse(claim, refusal);
  };
  const tokens = new Tokens([
    { name: 'agents', token: TOKEN },
    { name: 'web', token: WEB_ONLY, pools: ['web'] },
  ]);
  const receiver = receiverAt(where, { tokens, clock });
  open.push(receiver);
  await receiver.subscribe({
    hear: (report, source) => {
      const refusal = board.hear(report, source, clock.now());
      if (refusal) refused(refusal, source, report);
      else heard += 1;
      return refusal;
    },
    refused,
  });
  const driverOf = (epoch: () => number, token: string): StateDriver => {
    const driver = publisherTo(receiver.address!, { token, clock: { now: clock.now, epoch } });
    open.push(driver);
    return driver;
  };
  /** An agent. `say` resolves to the code of the refusal, or to `heard`. */
  const anAgent = (facts: Partial<Report> = {}, token = TOKEN) => {
    const state = { ahead: 0, seq: 0, ...facts };
    const driver = driverOf(() => clock.epoch() + state.ahead, token);
    const say = async (more: Partial<Report> = {}): Promise<string> => {
      state.seq += 1;
      const { ahead: _, ...own } = state;
      const before = heard + refusals.length;
      const was = heard;
      await driver.publish(aReport({ ...own, ...more })).catch(() => undefined);
      await eventually(() => heard + refusals.length > before, 'a report');
      return heard > was ? 'heard' : (refusals.at(-1)?.code ?? '');
    };
    return { state, say };
  };
  const node = (name: string): NodeRecord => {
    const found = board.node(name);
    if (!found) throw new TypeError(`no node ${name}`);
    return found;
  };
  const server = (pool = 'web') => board.pool(pool)?.byId('10.0.0.1:3001');
  return { clock, board, events, refusals, anAgent, node, server };
};

const WAYS = [
  ['udp', 'udp://127.0.0.1:0'],
  ['http', 'http://127.0.0.1:0'],
] as const;

describe('a clock that is an hour off', () => {
  it.each([
    [HOUR, '3600 s ahead'],
    [-HOUR, '3600 s behind'],
  ])('is a reason to refuse what is signed: %d ms', async (ahead, words) => {
    const { anAgent, refusals, board } = await aProxy('udp://127.0.0.1:0');
    const agent = anAgent();
    agent.state.ahead = ahead;
    expect(await agent.say()).toBe('clock');
    expect(refusals[0]?.message).toContain(words);
    expect(board.nodes()).toEqual([]);
    agent.state.ahead = 0;
    expect(await agent.say()).toBe('heard');
  });

  it.each([HOUR, -HOUR])('is shown, and does no harm, by http: %d ms', async (ahead) => {
    const { anAgent, node, clock } = await aProxy('http://127.0.0.1:0');
    const agent = anAgent();
    agent.state.ahead = ahead;
    for (let i = 0; i < 3; i++) {
      clock.turn(250);
      expect(await agent.say()).toBe('heard');
      expect(node('web1').heardAt).toBe(clock.now());
    }
    expect(node('web1').clock.value).toBe(ahead);
  });
});

describe('a clock that is set while its agent runs', () => {
  it('is followed at once by http, whichever way it went', async () => {
    const { anAgent, node, clock } = await aProxy('http://127.0.0.1:0');
    const agent = anAgent();
    for (const ahead of [0, HOUR, 0, -HOUR, HOUR, 0])
      for (let i = 0; i < 3; i++) {
        clock.turn(250);
        agent.state.ahead = ahead;
        expect(await agent.say()).toBe('heard');
        expect(node('web1').clock.value).toBe(ahead);
        expect(node('web1').heardAt).toBe(clock.now());
      }
  });

  it.each(WAYS)('never makes a report look older than the time between two, over %s', async (_, where) => {
    const { anAgent, node, clock } = await aProxy(where);
    const agent = anAgent();
    let heardAt = Number.NEGATIVE_INFINITY;
    const ages: number[] = [];
    for (const ahead of [0, 20_000, 0, -20_000, -20_200, -19_900, 0, -200])
      for (let i = 0; i < 20; i++) {
        clock.turn(250);
        agent.state.ahead = ahead;
        expect(await agent.say()).toBe('heard');
        const now = node('web1').heardAt;
        expect(now).toBeGreaterThanOrEqual(heardAt);
        expect(now).toBeLessThanOrEqual(clock.now());
        heardAt = now;
        ages.push(clock.now() - now);
        if (i === 19) expect(node('web1').clock.value).toBe(ahead);
      }
    expect(Math.max(...ages)).toBe(200);
    expect(ages.filter((age, i) => i % 20 > 15 && age > 0)).toEqual([]);
  });

  it('tells a report that was under way for long from one that was not', async () => {
    const { anAgent, node, clock } = await aProxy('udp://127.0.0.1:0');
    const agent = anAgent();
    agent.state.ahead = 5000;
    await agent.say();
    clock.turn(1000);
    agent.state.ahead = 5000 - 700;
    expect(await agent.say()).toBe('heard');
    expect(clock.now() - node('web1').heardAt).toBe(700);
  });
});

describe.each(WAYS)('over %s, an agent that was restarted', (_, where) => {
  it('is believed under its new boot id, and what is left of the old one is not', async () => {
    const { anAgent, events, clock } = await aProxy(where);
    const old = anAgent({ boot: 'old', seq: 100 });
    expect(await old.say()).toBe('heard');
    const fresh = anAgent({ boot: 'new' });
    clock.turn(1000);
    expect(await fresh.say()).toBe('heard');
    clock.turn(1);
    expect(await old.say()).toBe('replayed');
    expect(await fresh.say()).toBe('heard');
    expect(events.filter(({ kind }) => kind === 'node_restarted')).toHaveLength(1);
  });

  it('may have used up its numbers: that ends with the boot', async () => {
    const { anAgent, clock, node } = await aProxy(where);
    const last = anAgent({ boot: 'last', seq: Number.MAX_SAFE_INTEGER - 1 });
    expect(await last.say()).toBe('heard');
    last.state.seq = 7;
    clock.turn(1);
    expect(await last.say()).toBe('replayed');
    expect(node('web1').refused).toBe(1);
    expect(await anAgent({ boot: 'new' }).say()).toBe('heard');
  });
});

describe.each(WAYS)('over %s, a node that was renamed', (_, where) => {
  it('speaks for its servers once the old name has been silent for more than two seconds', async () => {
    const { anAgent, clock, server, board } = await aProxy(where);
    const before = anAgent({ node: 'old-name', boot: 'a' });
    for (let i = 0; i < 3; i++) {
      clock.turn(250);
      expect(await before.say()).toBe('heard');
    }
    const after = anAgent({ node: 'new-name', boot: 'b' });
    for (let silence = 250; silence <= 2000; silence += 250) {
      clock.turn(250);
      expect(await after.say()).toBe('taken');
    }
    expect(server()).toMatchObject({ node: 'old-name', refused: 8 });
    expect(board.node('new-name')).toBeUndefined();
    clock.turn(250);
    expect(await after.say()).toBe('heard');
    expect(server()?.node).toBe('new-name');
  });

  it('leaves its old name on the list until that has been silent for five minutes', async () => {
    const { anAgent, clock, board } = await aProxy(where);
    await anAgent({ node: 'old-name' }).say();
    const after = anAgent({ node: 'new-name' });
    clock.turn(2001);
    await after.say();
    clock.turn(300_000 - 2001);
    await after.say();
    board.sweep(clock.now());
    expect(board.nodes().map(({ name }) => name)).toEqual(['old-name', 'new-name']);
    clock.turn(1);
    board.sweep(clock.now());
    expect(board.nodes().map(({ name }) => name)).toEqual(['new-name']);
  });
});

describe.each(WAYS)('over %s, two agents for one server', (_, where) => {
  it('are one too many: the first is believed, and the other told so, for as long as the first speaks', async () => {
    const { anAgent, clock, server, node, refusals } = await aProxy(where);
    const first = anAgent({ node: 'first', stats: { load1: 1 } });
    const second = anAgent({ node: 'second', stats: { load1: 9 } });
    for (let i = 0; i < 20; i++) {
      clock.turn(125);
      expect(await first.say()).toBe('heard');
      clock.turn(125);
      expect(await second.say()).toBe('taken');
      expect(server()?.stats?.load1).toBe(1);
    }
    expect(server()).toMatchObject({ node: 'first', refused: 20 });
    expect(node('first')).toMatchObject({ reports: 20, refused: 0 });
    expect(refusals[0]?.message).toBe('node "first" reports on http://10.0.0.1:3001 already');
  });

  it('are told apart under one name by their boot ids: the one that started last is believed', async () => {
    const { anAgent, clock, events } = await aProxy(where);
    const [one, two] = [anAgent({ boot: 'one' }), anAgent({ boot: 'two' })];
    expect(await one.say()).toBe('heard');
    clock.turn(125);
    expect(await two.say()).toBe('heard');
    for (let i = 0; i < 5; i++) {
      clock.turn(125);
      expect(await one.say()).toBe('replayed');
      expect(await two.say()).toBe('heard');
    }
    expect(events.map(({ kind }) => kind)).toContain('node_restarted');
  });

  it('may be, if the first takes the server out of its report', async () => {
    const { anAgent, clock, server } = await aProxy(where);
    const first = anAgent({ node: 'first' });
    await first.say();
    clock.turn(1);
    await first.say({ servers: [] });
    clock.turn(1);
    expect(await anAgent({ node: 'second' }).say()).toBe('heard');
    expect(server()?.node).toBe('second');
  });
});

describe.each(WAYS)('over %s, a server in two pools', (_, where) => {
  const url = 'http://10.0.0.1:3001';
  const servers = [
    { url, pool: 'web', stats: { inFlight: 3 } },
    { url, pool: 'api', stats: { inFlight: 4 } },
  ];

  it('is two servers of one report, each with its own numbers', async () => {
    const { anAgent, server, clock } = await aProxy(where);
    expect(await anAgent({ servers }).say()).toBe('heard');
    expect([server('web')?.stats?.inFlight, server('api')?.stats?.inFlight]).toEqual([3, 4]);
    expect([server('web')?.heardAt, server('api')?.heardAt]).toEqual([clock.now(), clock.now()]);
  });

  it('is reported as a whole or not at all, where the token is for one of the pools', async () => {
    const { anAgent, server } = await aProxy(where);
    const agent = anAgent({ servers }, WEB_ONLY);
    expect(await agent.say()).toBe('not_accepted');
    expect([server('web'), server('api')]).toEqual([undefined, undefined]);
    expect(await agent.say({ servers: servers.slice(0, 1) })).toBe('heard');
    expect(server('api')).toBeUndefined();
  });

  it('must say which of them it is of', async () => {
    const { anAgent } = await aProxy(where);
    expect(await anAgent({ servers: [{ url }] }).say()).toBe('unknown_pool');
  });
});
