import { describe, expect, it } from 'vitest';
import { readWeight, setServer } from '../../src/cli/set-server.ts';
import type { HandOrder } from '../../src/control/hands.ts';
import { aServerView } from '../control/fake-views.ts';
import { writtenBy } from './asked-proxy.ts';

describe('a weight', () => {
  it.each([
    ['1', 1],
    ['0', 0],
    ['0.25', 0.25],
    ['50%', 0.5],
    ['256', 256],
  ])('of %j is %d', (text, weight) => {
    expect(readWeight(text)).toBe(weight);
  });

  it.each(['', '-1', '257', '25601%', '1e3', 'half', '5 %', '0x10', '%'])('is not %j', (text) => {
    expect(() => readWeight(text)).toThrow('expected a number from 0 to 256 or a percentage');
  });
});

describe('forehand servers drain, maint, ready and weight', () => {
  it('hand the order on and say what the server is now', async () => {
    const orders: HandOrder[] = [];
    const parts = {
      setServer: async (order: HandOrder) => {
        orders.push(order);
        const hand = { state: 'drain', reason: 'new disk', until: 1_700_000_600_000 } as const;
        return aServerView({ state: 'drain', reason: 'new disk', weight: 0.5, hand });
      },
    };
    const said = await writtenBy(parts, (admin) =>
      setServer('web-1', { state: 'drain' }, { admin, pool: 'web', for: '10m', reason: 'new disk' }),
    );
    expect(orders).toEqual([
      { server: 'web-1', pool: 'web', state: 'drain', reason: 'new disk', forMs: 600_000 },
    ]);
    expect(said).toBe(
      'web-1 in pool web is drain with weight 0.5 until 2023-11-14T22:23:20.000Z: new disk\n',
    );
  });

  it('print the server as JSON', async () => {
    const said = await writtenBy({}, (admin) => setServer('web-7', { weight: 0.5 }, { admin, json: true }));
    expect(JSON.parse(said)).toMatchObject({ id: 'web-7' });
  });

  it('reject with the reason where it was not done', async () => {
    const parts = {
      setServer: async () => ({ code: 'store', message: 'the shared state is away' }) as const,
    };
    const asked = writtenBy(parts, (admin) => setServer('web-1', { state: 'maint' }, { admin }));
    await expect(asked).rejects.toThrow('servers: the shared state is away');
  });

  it('reject what the proxy does not understand', async () => {
    const asked = writtenBy({}, (admin) => setServer('web-1', { state: 'maint' }, { admin, for: 'ever' }));
    await expect(asked).rejects.toThrow('servers: for: expected a duration such as 10m');
  });
});
