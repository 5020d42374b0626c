import { describe, expect, it } from 'vitest';
import { choose } from '../../src/core/choose.ts';
import { compileRoutes } from '../../src/core/route.ts';
import { aRequest } from '../../src/testing/index.ts';
import { ROUTE_SETTINGS } from '../support/route-settings.ts';
import { aBoard, aChain, aContext, reversed } from './support.ts';

describe('choose', () => {
  const { pool } = aBoard(['a', 'b']);
  const api = {
    name: 'api',
    match: { path: '/api' },
    chain: aChain([reversed()], pool).chain,
    settings: ROUTE_SETTINGS,
  };
  const routes = compileRoutes([api]);

  it('decides with the chain of the route that matches', () => {
    const request = aRequest({ path: '/api/x' });
    const choice = choose(routes, aContext({ request, now: 3 }));
    expect(choice?.route).toBe(api);
    expect(choice?.decision).toMatchObject({ chosen: { id: 'b' }, request, now: 3 });
  });

  it('chooses nothing where no route matches, and draws nothing', () => {
    const context = aContext({ request: aRequest({ path: '/other' }) });
    const seed = context.random.seed();
    expect(choose(routes, context)).toBeUndefined();
    expect(context.random.seed()).toBe(seed);
  });
});
