import { expect, it } from 'vitest';
import { setAndShow } from '../../src/control/set-and-show.ts';
import { aServerView } from './fake-views.ts';

const servers = () => [aServerView({ pool: 'api' }), aServerView({ state: 'drain' })];
const order = { server: 'web-1', state: 'drain' } as const;

it('shows the server that was set, as it is then', async () => {
  const set = async () => ({ pool: 'web', server: 'web-1' });
  expect(await setAndShow({ set }, servers, order)).toMatchObject({
    pool: 'web',
    id: 'web-1',
    state: 'drain',
  });
});

it('passes on why it was not set', async () => {
  const fault = { code: 'store', message: 'away' } as const;
  expect(await setAndShow({ set: async () => fault }, servers, order)).toBe(fault);
});

it('says so where the server has left meanwhile', async () => {
  const set = async () => ({ pool: 'web', server: 'gone' });
  expect(await setAndShow({ set }, servers, order)).toMatchObject({ code: 'unknown' });
});
