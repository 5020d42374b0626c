import { describe, expect, it } from 'vitest';
import { listNodes } from '../../src/cli/nodes.ts';
import { listServers } from '../../src/cli/servers.ts';
import type { SenderView } from '../../src/control/views/views.ts';
import { aNodeView, aServerView } from '../control/fake-views.ts';
import { writtenBy } from './asked-proxy.ts';

const aSender = (facts: Partial<SenderView> = {}): SenderView => ({
  source: 'udp 10.9.9.9',
  node: null,
  refused: 3,
  byCode: { token: 2, rate: 1 },
  lastAt: Date.now(),
  lastRefusal: { code: 'token', message: 'wrong token' },
  ...facts,
});

const lines = async (parts: Parameters<typeof writtenBy>[0]): Promise<readonly string[]> =>
  (await writtenBy(parts, (admin) => listNodes({ admin }))).split('\n');

describe('forehand nodes', () => {
  it('shows every node with its clock and what was refused in its name', async () => {
    const away = aNodeView({
      name: 'node-2',
      transport: 'redis',
      address: '',
      token: null,
      ageMs: 31_000,
      everyMs: null,
      clockOffsetMs: -3_600_000,
      refused: 4,
      lastRefusal: { code: 'taken', message: 'node "x" reports on it already' },
    });
    const [head, one, two] = await lines({ nodes: () => [aNodeView({ clockOffsetMs: 12 }), away] });
    expect(head?.split(/ {2,}/)).toEqual([
      'node',
      'by',
      'address',
      'token',
      'heard',
      'every',
      'clock',
      'reports',
      'refused',
      'why last',
    ]);
    expect(one?.split(/ {2,}/)).toEqual([
      'node-1',
      'http',
      '10.0.0.1',
      'agents',
      '0.4s',
      '1000ms',
      '+12ms',
      '52',
      '0',
    ]);
    expect(two).toMatch(/^node-2 +redis +- +- +31\.0s +- +-3600\.0s +52 +4 +taken: node "x" reports/);
  });

  it('shows below it who else was refused, not those that are nodes already', async () => {
    const shown = await lines({
      nodes: () => [aNodeView()],
      senders: () => [
        aSender(),
        aSender({ source: 'http 10.0.0.1', node: 'node-1' }),
        aSender({
          source: 'http 10.0.0.66',
          node: 'node-1',
          lastRefusal: { code: 'token', message: 'forged' },
        }),
      ],
    });
    const at = shown.indexOf('refused:');
    expect(shown.slice(at + 1, -1)).toHaveLength(3);
    expect(shown[at + 2]).toMatch(/^udp 10\.9\.9\.9 +- +3 +token 2, rate 1 +0\.\ds ago +wrong token$/);
    expect(shown[at + 3]).toMatch(/^http 10\.0\.0\.66 +node-1 .*forged$/);
  });

  it('never hands to the terminal what a stranger wrote for it', async () => {
    const evil = '\u001b]0;owned\u0007\u009b31m\u202e';
    const shown = await writtenBy(
      { senders: () => [aSender({ node: evil, lastRefusal: { code: 'malformed', message: evil } })] },
      (admin) => listNodes({ admin }),
    );
    expect(shown).not.toMatch(/[^\n\x20-\x7e]/);
  });

  it('says so where there is none', async () => {
    expect(await lines({ nodes: () => [] })).toEqual(['No node reports here.', '']);
  });

  it('prints all of it as JSON', async () => {
    const written = await writtenBy({ senders: () => [aSender()] }, (admin) =>
      listNodes({ admin, json: true }),
    );
    expect(JSON.parse(written)).toMatchObject({
      nodes: [{ name: 'node-1', clockOffsetMs: -3 }],
      senders: [{ source: 'udp 10.9.9.9', byCode: { token: 2, rate: 1 } }],
    });
  });
});

describe('forehand servers ls', () => {
  const shown = (weights: readonly number[]): Promise<string> =>
    writtenBy({ servers: () => weights.map((weight) => aServerView({ weight })) }, (admin) =>
      listServers({ admin }),
    );

  it('shows weights where one is not as usual', async () => {
    const [head, one, two] = (await shown([1, 0.415])).split('\n');
    expect(head).toMatch(/^pool +server +state +weight +heard/);
    expect(one).toMatch(/^web +web-1 +ready +1 +0\.4s/);
    expect(two).toMatch(/^web +web-1 +ready +0\.415 +0\.4s/);
    expect(await shown([1, 1])).not.toContain('weight');
  });
});
