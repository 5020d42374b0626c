import { describe, expect, it, vi } from 'vitest';
import { activate, rehearse } from '../../../src/config/planning/model.ts';
import { makePlan, type Plan } from '../../../src/config/planning/plan.ts';
import { Board } from '../../../src/core/board.ts';
import { type Candidacy, defineCandidacy } from '../../../src/core/candidacy.ts';
import { choose } from '../../../src/core/choose.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { aRequest } from '../../../src/testing/make.ts';
import { brief, readText } from '../support.ts';

const guard = { bypassed: false, enter: () => undefined, leave: () => undefined, fault: () => undefined };

const planOf = async (text: string, script?: Candidacy): Promise<Plan> =>
  makePlan(await readText(text), {
    loadScript: async (reference) => {
      if (!script) throw new Error(`${reference} was asked for`);
      return { reference, name: script.name, candidacy: script, guard, files: [] };
    },
  });

const TEXT = `
pools:
  web: { servers: [http://a:1, http://a:2] }
  api: { servers: [http://b:1], chain: [./mine.ts, byRandom] }
routes:
  - { path: /api/, pool: api }
  - { pool: web }
`;

const harmless = defineCandidacy({ name: 'mine', create: () => (servers) => servers });
const context = { now: 0, random: seededRandom(1), proxies: 1 };

describe('a plan that is activated', () => {
  it('serves its routes from its pools', async () => {
    const board = new Board();
    const plan = await planOf(TEXT, harmless);
    const model = activate(plan, board, 0, () => undefined);
    expect(board.pools().map(({ name }) => name)).toEqual(['web', 'api']);
    expect(model.config).toBe(plan.config);
    expect(model.chains.map(({ name }) => name)).toEqual(['web', 'api']);
    expect(model.routeList.map(({ name, chain }) => [name, chain.name])).toEqual([
      ['*/api/', 'api'],
      ['*/', 'web'],
    ]);
    const choice = choose(model.routes, { ...context, request: aRequest({ path: '/api/x' }) });
    expect(choice?.decision.chosen?.id).toBe('b:1');
    expect(choice?.route.settings).toBe(plan.routes[0]?.settings);
  });

  it('keeps what the board knows of servers that stay', async () => {
    const board = new Board();
    activate(await planOf(TEXT, harmless), board, 0, () => undefined);
    const before = board.pool('web')?.byId('a:1');
    activate(await planOf('pools: { web: { servers: [http://a:1] } }'), board, 0, () => undefined);
    expect(board.pool('web')?.byId('a:1')).toBe(before);
    expect(board.pools()).toHaveLength(1);
  });

  it('tells of links that fail, with their chain', async () => {
    const failing = defineCandidacy({
      name: 'mine',
      create: () => () => {
        throw new Error('it broke');
      },
    });
    const onFault = vi.fn();
    const model = activate(await planOf(TEXT, failing), new Board(), 0, onFault);
    const choice = choose(model.routes, { ...context, request: aRequest({ path: '/api/x' }) });
    expect(choice?.decision.chosen?.id).toBe('b:1');
    const [, api] = model.chains;
    expect(onFault).toHaveBeenCalledExactlyOnceWith(api, api?.links[0], 'throw', 'it broke');
  });
});

describe('a rehearsal', () => {
  it('finds nothing in a plan that works', async () => {
    expect(rehearse(await planOf(TEXT, harmless))).toEqual([]);
  });

  it('finds nothing in a pool that waits for its servers', async () => {
    expect(rehearse(await planOf('pools: { web: { accept: ["10.0.0.0/8"] } }'))).toEqual([]);
  });

  it('finds every function that cannot be made, at its place, and makes no decision then', async () => {
    const broken = defineCandidacy({
      name: 'mine',
      create: () => {
        throw new Error('no data');
      },
    });
    const problems = rehearse(
      await planOf('pools: { web: { servers: [http://a:1], chain: [./a.ts, byAge, ./b.ts] } }', broken),
    );
    expect(problems.map(brief)).toEqual([
      '1:48 `mine` cannot be made: no data',
      '1:63 `mine` cannot be made: no data',
    ]);
    expect(problems.every(({ severity }) => severity === 'error')).toBe(true);
  });

  it.each([
    ['throws', () => JSON.parse('{')],
    ['breaks the contract', () => 'nonsense'],
  ])('warns of a function that %s on a trial request', async (_, run) => {
    const failing = defineCandidacy({ name: 'mine', create: () => run });
    const problems = rehearse(await planOf(TEXT, failing));
    expect(problems).toMatchObject([{ severity: 'warning', path: 'pools.api.chain[0]' }]);
    expect(problems[0]?.message).toContain('`mine` failed on a trial request: ');
  });

  it('tells once what chains with the same links share', async () => {
    const failing = defineCandidacy({ name: 'mine', create: () => () => JSON.parse('{') });
    const text = `pools: { web: { servers: [http://a:1], chain: [./a.ts] } }
routes: [{ pool: web }, { pool: web, path: /a, whenEmpty: refuse }]`;
    expect(rehearse(await planOf(text, failing))).toHaveLength(1);
  });

  it('touches no other board', async () => {
    const board = new Board();
    const plan = await planOf(TEXT, harmless);
    activate(plan, board, 0, () => undefined);
    const versions = board.pools().map(({ version }) => version);
    rehearse(plan);
    expect(board.pools().map(({ version }) => version)).toEqual(versions);
  });
});
