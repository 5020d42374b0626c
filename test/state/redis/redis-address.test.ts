import { describe, expect, it } from 'vitest';
import { parseRedisUrl } from '../../../src/state/redis/redis-address.ts';

describe('the URL of a redis', () => {
  it.each([
    ['redis://cache', { host: 'cache', port: 6379, db: 0, prefix: 'forehand:', loopback: false }],
    ['redis://10.0.0.1:7000/', { host: '10.0.0.1', port: 7000, db: 0 }],
    [
      'redis://localhost/15',
      { host: 'localhost', db: 15, loopback: true, shown: 'redis://localhost:6379/15' },
    ],
    [
      'redis://[::1]:7000/3',
      { host: '::1', port: 7000, db: 3, loopback: true, shown: 'redis://[::1]:7000/3' },
    ],
    ['redis://h?prefix=blue:', { prefix: 'blue:' }],
    [
      'redis://agent:p%40ss%2Fword@h',
      { username: 'agent', password: 'p@ss/word', shown: 'redis://h:6379/0' },
    ],
    ['redis://:only%20this@h', { username: undefined, password: 'only this' }],
    ['redis://a:100%25%ZZ@h', { password: '100%25%ZZ' }],
    ['redis://h', { username: undefined, password: undefined, tls: undefined }],
    ['rediss://h', { tls: {}, shown: 'rediss://h:6379/0' }],
  ])('%s', (text, facts) => {
    expect(parseRedisUrl(text)).toMatchObject(facts);
    expect(parseRedisUrl(new URL(text))).toMatchObject(facts);
  });

  it('is beaten by options', () => {
    const options = { prefix: 'green:', password: 'other', tls: { ca: 'PEM' } };
    expect(parseRedisUrl('rediss://u:p@h?prefix=blue:', options)).toMatchObject({
      username: 'u',
      ...options,
    });
    expect(parseRedisUrl('redis://h', options).tls).toBeUndefined();
  });

  it.each([
    ['http://h', 'expected redis://'],
    ['redis://', 'expected redis://'],
    ['cache:6379', 'expected redis://'],
    ['redis://u:secret@h/a', 'number of a database'],
    ['redis://u:secret@h/1/2', 'number of a database'],
    ['redis://u:secret@h/0#x', 'fragment'],
    ['redis://u:secret@h?timeout=1', 'unknown option "timeout"'],
    ['redis://u:secret@h?prefix=a*', 'prefix: expected'],
    ['redis://u:secret@h?prefix=', 'prefix: expected'],
  ])('%s is refused, and no password shown', (text, fault) => {
    expect(() => parseRedisUrl(text)).toThrow(TypeError);
    expect(() => parseRedisUrl(text)).toThrow(fault);
    expect(() => parseRedisUrl(text)).not.toThrow('secret');
  });
});
