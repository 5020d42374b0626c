import { expect, it } from 'vitest';
import { makePlan } from '../../../src/config/planning/plan.ts';
import { readConfig } from '../../../src/config/read.ts';
import { plannedAgain, recordedSetup } from '../../../src/control/recording/recorded-setup.ts';

const noScripts = { loadScript: () => Promise.reject(new Error('no scripts')) };

it.each<[string, object]>([
  ['routes', { routes: [{ pool: 'web' }, { path: '/x', pool: 'api', chain: ['byRandom'] }] }],
  [
    'hosts',
    {
      hosts: {
        'a.example': {
          pool: 'web',
          chain: ['byRandom'],
          locations: [
            { path: '/api', pool: 'api', whenEmpty: 'refuse' },
            { path: '/x', respond: {} },
          ],
        },
      },
    },
  ],
  ['nothing that leads to a pool', { routes: [{ respond: {} }] }],
])('the chains of %s are found again', async (_, more) => {
  const pools = { web: { servers: ['http://a:1'] }, api: { servers: ['http://b:1'] } };
  const read = await readConfig({ value: { pools, ...more } }, { env: {}, readFile: async () => '' });
  const { chains } = await makePlan(read, noScripts);
  const again = await plannedAgain(recordedSetup(read.config, []));
  const shown = (all: typeof chains) =>
    all.map(({ name, pool, whenEmpty, links }) => [name, pool, whenEmpty, links.map((link) => link.name)]);
  expect(shown(again)).toEqual(shown(chains));
});
