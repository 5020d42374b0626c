import { describe, expect, it } from 'vitest';
import { hashText } from '../../../candidacy/parts/murmur-hash.ts';
import { RequestKey, requestKey } from '../../../candidacy/parts/request-key.ts';
import { aMoment, aRequest } from '../../../src/testing/index.ts';

const request = aRequest({
  path: '/a/b',
  query: 'user=7&use=8&empty=&user=9&a.b[c]=x&bare',
  host: 'shop.example',
  clientIp: '10.1.2.3',
  headers: { 'X-Tenant': 'acme', 'X-Empty': '', cookie: 'sid=s1; user=u1' },
});

describe('the key of a request', () => {
  it.each([
    ['path', '/a/b'],
    ['ip', '10.1.2.3'],
    ['host', 'shop.example'],
    ['url', 'shop.example/a/b?user=7&use=8&empty=&user=9&a.b[c]=x&bare'],
    ['query:user', '7'],
    ['query:use', '8'],
    ['query:a.b[c]', 'x'],
    ['header:x-tenant', 'acme'],
    ['header:X-Tenant', 'acme'],
    ['cookie:user', 'u1'],
  ])('%s is %j', (key, text) => {
    expect(requestKey().parse(key)).toBe(key);
    expect(new RequestKey(key).hash(request)).toBe(hashText(text));
    expect(new RequestKey(key).again(aMoment({ request }))).toBe(hashText(text));
  });

  it.each(['query:us', 'query:empty', 'query:bare', 'header:x-other', 'header:x-empty', 'cookie:x'])(
    'is missing where %s is absent or empty',
    (key) => {
      expect(new RequestKey(key).hash(request)).toBeUndefined();
      expect(new RequestKey(key).again(aMoment({ request }))).toBeUndefined();
    },
  );

  it.each(['ip', 'host'])('is missing where the request has no %s', (key) => {
    expect(new RequestKey(key).hash(aRequest())).toBeUndefined();
  });

  it.each(['path', 'ip', 'url', 'query:user', 'header:x-tenant', 'cookie:user'])(
    'by %s is that of each request in turn, asked again and again',
    (key) => {
      const other = aRequest({
        path: '/c',
        query: 'user=1',
        clientIp: '10.0.0.9',
        headers: { 'x-tenant': 'beta', cookie: 'user=u2' },
      });
      const [keys, fresh] = [new RequestKey(key), new RequestKey(key)];
      for (const one of [request, request, other, request, other, other]) {
        const moment = aMoment({ request: one });
        expect(keys.again(moment)).toBe(fresh.hash(one));
      }
      expect(fresh.hash(other)).not.toBe(fresh.hash(request));
    },
  );

  it('is that of each of two requests that differ in a field alone', () => {
    const keys = new RequestKey('header:x-tenant');
    const hashes = ['acme', 'beta', 'acme'].map((tenant) =>
      keys.again(aMoment({ request: aRequest({ headers: { 'x-tenant': tenant } }) })),
    );
    expect(hashes).toEqual([hashText('acme'), hashText('beta'), hashText('acme')]);
  });

  it('searches the fields of one request once, however many servers ask', () => {
    let searches = 0;
    const header = (name: string) => {
      searches += 1;
      return request.header(name);
    };
    const keys = new RequestKey('header:x-tenant');
    const moment = aMoment({ request: { ...request, header } });
    for (let i = 0; i < 100; i++) keys.again(moment);
    expect(searches).toBe(1);
  });

  it.each(['', 'paths', 'cookie', 'cookie:', 'query:a&b', 'header:a b', 'Path', `header:${'x'.repeat(129)}`])(
    'is refused as %j, with what there is',
    (key) => {
      const message = requestKey().safeParse(key).error?.issues[0]?.message;
      expect(message).toBe(
        `expected path, query:<name>, header:<name>, cookie:<name>, ip, host or url, got ${JSON.stringify(key)}`,
      );
    },
  );
});
