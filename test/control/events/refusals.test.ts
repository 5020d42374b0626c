import { describe, expect, it } from 'vitest';
import { MAX_SENDERS, Refusals } from '../../../src/control/events/refusals.ts';

const WRONG = { code: 'token', message: 'wrong token' } as const;
const naming = (node: string) => ({ node, servers: [] });

describe('refused reports', () => {
  it('are counted by reason, with the last of each', () => {
    const refusals = new Refusals();
    refusals.add(WRONG, 'http 10.0.0.1', 1);
    refusals.add({ code: 'token', message: 'x'.repeat(1000) }, 'http 10.0.0.2', 2);
    refusals.add({ code: 'number', message: 'load1: NaN' }, 'udp 10.0.0.3', 3);
    const [token, number] = refusals.list();
    expect(token).toMatchObject({ code: 'token', count: 2, lastSource: 'http 10.0.0.2', lastAt: 2 });
    expect(token?.lastMessage).toHaveLength(300);
    expect(number).toMatchObject({ code: 'number', count: 1 });
  });

  it('are counted by sender and by the node that it claims to be, the last first', () => {
    const refusals = new Refusals();
    refusals.add(WRONG, 'http 10.0.0.1', 1, naming('n1'));
    refusals.add(WRONG, 'http 10.0.0.1', 2);
    refusals.add({ code: 'rate', message: 'too many' }, 'http 10.0.0.1', 3, naming('n1'));
    expect(refusals.senders()).toEqual([
      {
        source: 'http 10.0.0.1',
        node: 'n1',
        refused: 2,
        byCode: { token: 1, rate: 1 },
        lastAt: 3,
        lastRefusal: { code: 'rate', message: 'too many' },
      },
      {
        source: 'http 10.0.0.1',
        node: null,
        refused: 1,
        byCode: { token: 1 },
        lastAt: 2,
        lastRefusal: WRONG,
      },
    ]);
  });

  it('are remembered of so many senders; the longest silent leaves', () => {
    const refusals = new Refusals();
    for (let i = 0; i < MAX_SENDERS; i++) refusals.add(WRONG, `udp 10.0.0.${i}`, i);
    refusals.add(WRONG, 'udp 10.0.0.0', 1000);
    refusals.add(WRONG, 'udp 10.1.0.0', 1001, naming('x'.repeat(5000)));
    const senders = refusals.senders();
    expect(senders).toHaveLength(MAX_SENDERS);
    expect(senders.slice(0, 2).map(({ source }) => source)).toEqual(['udp 10.1.0.0', 'udp 10.0.0.0']);
    expect(senders.some(({ source }) => source === 'udp 10.0.0.1')).toBe(false);
    expect(senders[0]?.node?.length).toBeLessThanOrEqual(128);
  });
});
