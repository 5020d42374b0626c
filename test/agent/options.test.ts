import os from 'node:os';
import { describe, expect, it } from 'vitest';
import { driverOf, intervalOf, nodeOf, serversOf } from '../../agent/options.ts';
import { MemoryDriver } from '../../src/state/memory.ts';

const url = 'http://10.0.0.1:3001';

describe('options of an agent', () => {
  it('has an interval of 250 ms unless told otherwise', () => {
    expect(intervalOf({ url })).toBe(250);
    expect(intervalOf({ url, interval: 50 })).toBe(50);
  });

  it.each([49, 0, -1, Number.NaN, Number.POSITIVE_INFINITY, 3_600_001])(
    'refuses the interval %d',
    (interval) => {
      expect(() => intervalOf({ url, interval })).toThrow(
        `interval: expected 50 to 3600000 milliseconds, got ${interval}`,
      );
    },
  );

  it('speaks for one server or several', () => {
    expect(serversOf({ url })).toEqual([{ url }]);
    expect(serversOf({ url: [url, 'https://a:1'], pool: 'web', tags: ['big'] })).toEqual([
      { url, pool: 'web', tags: ['big'] },
      { url: 'https://a:1', pool: 'web', tags: ['big'] },
    ]);
  });

  it.each([
    [[], 'url: expected at least one server'],
    ['10.0.0.1:3001', 'url: expected http://host:port, got "10.0.0.1:3001"'],
    [[url, 'http://a/path'], 'url: expected http://host:port, got "http://a/path"'],
  ])('refuses the servers %j', (servers, fault) => {
    expect(() => serversOf({ url: servers })).toThrow(fault);
  });

  it('speaks for no server only where its reports go through a driver of the application', () => {
    expect(serversOf({ url: [], driver: new MemoryDriver() })).toEqual([]);
    expect(() => serversOf({ url: [], to: 'http://proxy:9091' })).toThrow('url: expected at least one');
    expect(nodeOf({ url: [] })).toBe(os.hostname().replace(/[^\w.-]/g, '-'));
  });

  it('is named after its host and port, so that two agents of a machine have two names', () => {
    expect(nodeOf({ url })).toBe(`${os.hostname().replace(/[^\w.-]/g, '-')}:3001`);
    expect(nodeOf({ url: ['https://a', url] })).toMatch(/:443$/);
    expect(nodeOf({ url, node: 'web1' })).toBe('web1');
  });

  it('reports by one way: to URLs or through a driver', () => {
    const driver = new MemoryDriver();
    expect(driverOf({ url, driver })).toBe(driver);
    expect(() => driverOf({ url })).toThrow('either `to` or `driver`');
    expect(() => driverOf({ url, driver, to: 'http://proxy:9091' })).toThrow('either `to` or `driver`');
    expect(() => driverOf({ url, to: 'proxy' })).toThrow('expected an http://');
  });
});
