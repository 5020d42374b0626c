import { describe, expect, it } from 'vitest';
import { byInFlight } from '../../candidacy/by-in-flight.ts';
import { byRandom } from '../../candidacy/by-random.ts';
import { httpRedirectToIP } from '../../candidacy/http-redirect-to-ip.ts';
import { aMoment, aRequest, aServer } from '../../src/testing/index.ts';
import { Bench, faultsIn, made } from './support.ts';

const locationOf = (url: string, path: string, query = ''): string | undefined => {
  const server = aServer({ url });
  const moment = aMoment({ request: aRequest({ path, query }) });
  made(httpRedirectToIP)([server], moment);
  return moment.deliveries.get(server)?.location;
};

describe('HTTPRedirectToIP', () => {
  it.each([
    ['http://10.0.0.7:8080', '/a/b', 'x=1&y=%2F', 'http://10.0.0.7:8080/a/b?x=1&y=%2F'],
    ['http://10.0.0.7:80', '/', '', 'http://10.0.0.7/'],
    ['https://10.0.0.7:443', '/a', '', 'https://10.0.0.7/a'],
    ['https://[fd00::7]:8443', '/a', '', 'https://[fd00::7]:8443/a'],
    ['http://10.0.0.7:8080', '//elsewhere.example/', '', 'http://10.0.0.7:8080//elsewhere.example/'],
  ])('sends the client to %s for %s?%s', (url, path, query, location) => {
    expect(locationOf(url, path, query)).toBe(location);
  });

  it.each(['*', '@elsewhere.example/', '.elsewhere.example/', ''])(
    'marks nobody for the target %j, which would change the host',
    (path) => {
      expect(locationOf('http://10.0.0.7:8080', path)).toBeUndefined();
    },
  );

  it.each([
    ['GET', {}, 302],
    ['HEAD', {}, 302],
    ['POST', {}, 307],
    ['DELETE', {}, 307],
    ['GET', { status: 301 }, 301],
    ['POST', { status: 308 }, 308],
  ])('answers %s with %j by %i', (method, options, status) => {
    const servers = [aServer(), aServer()];
    const moment = aMoment({ request: aRequest({ method }) });
    expect(made(httpRedirectToIP, options)(servers, moment)).toBe(servers);
    expect(servers.map((server) => moment.deliveries.get(server)?.status)).toEqual([status, status]);
  });

  it('refuses a status that is no redirect', () => {
    expect(faultsIn(httpRedirectToIP, { status: 200 })).toHaveLength(1);
  });

  it('sticks to the server through later reordering', () => {
    const bench = new Bench([{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
    const chain = bench.chain([httpRedirectToIP, byRandom, byInFlight]);
    const seen = new Set<string>();
    for (let i = 0; i < 50; i++) {
      const { chosen, delivery, redirect } = bench.decide(chain, aRequest({ path: '/x' }));
      expect([delivery, redirect?.location]).toEqual(['redirect', `${chosen?.url.origin}/x`]);
      seen.add(chosen?.id ?? '');
    }
    expect(seen.size).toBe(3);
  });
});
