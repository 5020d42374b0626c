import { describe, expect, it } from 'vitest';
import { aMoment, aRequest, aServer } from '../../src/testing/index.ts';

describe('aServer', () => {
  it('was never heard of and is idle, unless said otherwise', () => {
    expect(aServer({ slot: 300 })).toMatchObject({
      id: 'server-300',
      stats: undefined,
      heardAt: Number.NEGATIVE_INFINITY,
      inFlight: 0,
      arriba: undefined,
      failures: 0,
    });
    expect(aServer({ stats: { arriba: 900 } })).toMatchObject({ heardAt: 0, arriba: 900 });
    expect(aServer({ url: 'http://a.example.com:81', tags: ['eu'], inFlight: 3 })).toMatchObject({
      url: new URL('http://a.example.com:81'),
      tags: new Set(['eu']),
      inFlight: 3,
    });
  });

  it('is another one each time', () => {
    const [one, two] = [aServer(), aServer()];
    expect(one.id).not.toBe(two.id);
    expect(one.slot).not.toBe(two.slot);
  });

  it('is frozen with its stats, as a proxy hands it out, and leaves what it was made from alone', () => {
    const stats = { load1: 1, custom: { queue: 2 } };
    const server = aServer({ stats });
    for (const part of [server, server.stats, server.stats?.custom]) expect(Object.isFrozen(part)).toBe(true);
    for (const part of [stats, stats.custom]) expect(Object.isFrozen(part)).toBe(false);
  });
});

describe('aRequest', () => {
  it('finds headers in any case and reads cookies from their header', () => {
    const request = aRequest({ path: '/x', headers: { 'X-Tenant': 'blue', Cookie: 'a=1; b=x=y' } });
    expect(request.path).toBe('/x');
    expect(request.header('x-TENANT')).toBe('blue');
    expect(request.header('other')).toBeUndefined();
    expect(request.cookie('a')).toBe('1');
    expect(request.cookie('b')).toBe('x=y');
    expect(request.cookie('c')).toBeUndefined();
    expect(aRequest().cookie('')).toBeUndefined();
  });
});

describe('aMoment', () => {
  it('draws the same under the same seed', () => {
    expect(aMoment({ seed: 4 }).random()).toBe(aMoment({ seed: 4 }).random());
    expect(aMoment({ seed: 4 }).random()).not.toBe(aMoment({ seed: 5 }).random());
  });

  it('corrects reported requests, and predicts only behind addPrediction', () => {
    const server = aServer({ stats: { inFlight: 10 }, inFlight: 3, inFlightAtReport: 1 });
    expect(aMoment({ proxies: 2 }).requests(server)).toBe(14);
    expect(aMoment({ proxies: 2 }).predicted(server)).toBe(0);
    expect(aMoment({ proxies: 2, predicts: true }).predicted(server)).toBe(4);
  });

  it('remembers what it was told of deliveries', () => {
    const server = aServer();
    const moment = aMoment();
    moment.deliver(server, { location: 'http://x/', status: 302 });
    expect(moment.deliveries.get(server)).toEqual({ location: 'http://x/', status: 302 });
  });
});
