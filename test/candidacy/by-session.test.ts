import { describe, expect, it } from 'vitest';
import { bySession } from '../../candidacy/by-session.ts';
import { aMoment, aRequest, aServer } from '../../src/testing/index.ts';
import { Bench, ids, made } from './support.ts';

const servers = [
  aServer({ id: 'a', url: 'http://10.0.0.1:80' }),
  aServer({ id: 'b', url: 'http://10.0.0.2:80' }),
  aServer({ id: 'b2', url: 'http://10.0.0.2:81' }),
  aServer({ id: '10.0.0.3:80', url: 'http://10.0.0.3:80' }),
  aServer({ id: 'web', url: 'http://web.example:80' }),
  aServer({ id: 'web.1', url: 'http://web-1.example:80' }),
];
const everyone = ids(servers);

const kept = (options: unknown, cookie: string | undefined, query = '') => {
  const request = aRequest({ query, ...(cookie === undefined ? {} : { headers: { cookie } }) });
  return ids(made(bySession, options)(servers, aMoment({ request })));
};

describe('bySession by address', () => {
  it.each([
    ['the first eight digits', 'PHPSESSID=0a000001f3a9', ['a']],
    ['upper case digits', 'PHPSESSID=0A000001', ['a']],
    ['all servers of one address', 'PHPSESSID=0a000002', ['b', 'b2']],
    ['a cookie among others', 'x=1; PHPSESSID=0a000003zz; y=2', ['10.0.0.3:80']],
    ['nobody else for an address that is not in the list', 'PHPSESSID=0a0000ff', everyone],
    ['everyone for too few digits', 'PHPSESSID=0a00000', everyone],
    ['everyone for what is not hexadecimal', 'PHPSESSID=session1', everyone],
    ['everyone for another cookie', 'XPHPSESSID=0a000001', everyone],
    ['everyone without a cookie', undefined, everyone],
  ])('keeps %s', (_, cookie, expected) => {
    expect(kept({}, cookie)).toEqual(expected);
  });

  it.each([
    ['PHPSESSID=0a000001', ['a']],
    ['x=1&PHPSESSID=0a000002&y', ['b', 'b2']],
    ['XPHPSESSID=0a000001', everyone],
    ['q=PHPSESSID=0a000001', everyone],
  ])('looks into the query %s where there is no cookie', (query, expected) => {
    expect(kept({}, undefined, query)).toEqual(expected);
  });

  it('believes the cookie before the query', () => {
    expect(kept({}, 'PHPSESSID=0a000001', 'PHPSESSID=0a000002')).toEqual(['a']);
  });

  it('takes another identifier', () => {
    expect(kept('sid', 'PHPSESSID=0a000001; sid=0a000003')).toEqual(['10.0.0.3:80']);
  });
});

describe('bySession by id', () => {
  it.each([
    ['the whole value', 'route=a', ['a']],
    ['the value up to a dot', 'route=b2.83f0', ['b2']],
    ['an id with dots', 'route=10.0.0.3:80.83f0', ['10.0.0.3:80']],
    ['an id that came percent-encoded', 'route=10.0.0.3%3A80', ['10.0.0.3:80']],
    ['the longest id that fits', 'route=web.1.83f0', ['web.1']],
    ['the shorter id where the longer does not fit', 'route=web.12', ['web']],
    ['everyone for the beginning of an id', 'route=we', everyone],
    ['everyone for an id that goes on', 'route=aa', everyone],
    ['everyone for a broken escape', 'route=%zz', everyone],
    ['everyone for an empty value', 'route=', everyone],
  ])('keeps %s', (_, cookie, expected) => {
    expect(kept({ identifier: 'route', by: 'id' }, cookie)).toEqual(expected);
  });
});

describe('bySession', () => {
  it('is a preference: the other servers are tried after the one of the session', () => {
    const bench = new Bench([{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
    const request = aRequest({ headers: { cookie: 'PHPSESSID=0a000002' } });
    const { ranked } = bench.decide(bench.chain([bySession]), request);
    expect(ranked[0]?.id).toBe('b');
    expect(ids(ranked).toSorted()).toEqual(['a', 'b', 'c']);
  });
});

describe('bySession by the data of a session', () => {
  const byData = (session: Readonly<Record<string, unknown>> | undefined) => {
    const request = aRequest({ ...(session ? { session } : {}), headers: { cookie: 'server=b2' } });
    const options = { from: 'session', identifier: 'server', by: 'id' };
    return ids(made(bySession, options)(servers, aMoment({ request })));
  };

  it('keeps the server that the data names', () => {
    expect(byData({ server: 'a' })).toEqual(['a']);
  });

  it.each([undefined, {}, { server: 7 }, { server: ['a'] }, { other: 'a' }])(
    'keeps everyone for %j',
    (session) => {
      expect(byData(session)).toEqual(everyone);
    },
  );
});
