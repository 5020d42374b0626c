import { expect, it } from 'vitest';
import { Refusals } from '../../src/control/refusals.ts';

it('counts refused reports by reason and remembers the last of each', () => {
  const refusals = new Refusals();
  refusals.add({ code: 'token', message: 'wrong token' }, 'http 10.0.0.1', 1);
  refusals.add({ code: 'token', message: 'x'.repeat(1000) }, 'http 10.0.0.2', 2);
  refusals.add({ code: 'number', message: 'load1: NaN' }, 'udp 10.0.0.3', 3);
  const [token, number] = refusals.list();
  expect(token).toMatchObject({ code: 'token', count: 2, lastSource: 'http 10.0.0.2', lastAt: 2 });
  expect(token?.lastMessage).toHaveLength(300);
  expect(number).toMatchObject({ code: 'number', count: 1 });
});
