import { describe, expect, it } from 'vitest';
import { aFakeEngine } from '../support/a-fake-engine.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
const FORGED =
  'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.test\r\nX-Forwarded-Port: 1\r\n' +
  'Forwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nX-Request-Id: theirs\r\nX-Forwarded-Else: 6.6.6.6\r\n';

/** What goes to the server for a request with these fields, by lower-case name, and what is told of it. */
const sent = async (fields: string, facts: Parameters<typeof aFakeEngine>[0] = {}, host = 'shop.test') => {
  const made = aFakeEngine(facts);
  const client = made.client();
  await client.says(`GET / HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`);
  if (made.opened.length === 0)
    return { headers: new Map<string, string[]>(), finished: undefined, text: client.taken };
  const server = await made.connected(0);
  await server.says(OK);
  const headers = new Map<string, string[]>();
  for (const line of server.taken.split('\r\n').slice(1, -2)) {
    const [, name = '', value = ''] = /^([^:]+): (.*)$/.exec(line) ?? [];
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value]);
  }
  return { headers, finished: made.finished[0]!, text: client.taken };
};

const trusting = (...trusted: readonly string[]) => ({ trusted });

describe('a client that nobody trusts', () => {
  it('cannot say who it is', async () => {
    const { headers, finished } = await sent(FORGED);
    expect(Object.fromEntries(headers)).toEqual({
      host: ['shop.test'],
      via: ['1.1 forehand'],
      'x-forwarded-for': ['192.0.2.7'],
      'x-forwarded-proto': ['http'],
      'x-forwarded-host': ['shop.test'],
      'x-forwarded-port': ['80'],
      'x-request-id': [finished!.requestId],
    });
    expect(finished).toMatchObject({ clientIp: '192.0.2.7', peerIp: '192.0.2.7', scheme: 'http' });
    expect(finished!.requestId).toMatch(/^[\da-f-]{36}$/);
  });

  it.each(['X_Forwarded_For', 'x_real_ip', 'X-Forwarded_For', 'X_Request-Id'])(
    'cannot say it by %s either',
    async (name) => {
      const { headers } = await sent(`${name}: 6.6.6.6\r\n`);
      expect([...headers.values()].flat().join()).not.toContain('6.6.6.6');
    },
  );

  it.each(['X-Forwarded-For', 'X-Request-Id', 'Forwarded', 'Host'])(
    'cannot have %s removed',
    async (name) => {
      expect((await sent(`Connection: ${name}\r\n`)).text).toMatch(/^HTTP\/1\.1 400 /);
    },
  );

  it('is told to the server with the port that it asked for', async () => {
    const { headers, finished } = await sent('', {}, 'Shop.Test:8443');
    expect(headers.get('x-forwarded-port')).toEqual(['8443']);
    expect(headers.get('x-forwarded-host')).toEqual(['Shop.Test:8443']);
    expect(finished!.host).toBe('shop.test');
  });

  it('is not mentioned in Via where that is switched off', async () => {
    expect((await sent('', { settings: { via: false } })).headers.has('via')).toBe(false);
  });
});

describe('a trusted peer', () => {
  it('is believed, and named as a further hop', async () => {
    const { headers, finished } = await sent(FORGED, trusting('192.0.2.7'));
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-forwarded-for': ['6.6.6.6, 192.0.2.7'],
      'x-forwarded-proto': ['https'],
      'x-forwarded-host': ['evil.test'],
      'x-forwarded-port': ['1'],
      'x-request-id': ['theirs'],
      'x-real-ip': ['6.6.6.6'],
      forwarded: ['for=6.6.6.6'],
    });
    expect(finished).toMatchObject({
      clientIp: '6.6.6.6',
      peerIp: '192.0.2.7',
      scheme: 'https',
      requestId: 'theirs',
    });
  });

  it.each([
    ['the last hop that is not trusted', '1.1.1.1, 203.0.113.5, 10.0.0.1', '203.0.113.5'],
    ['the first of all, if all are trusted', '10.0.0.3, 10.0.0.1', '10.0.0.3'],
    ['nobody, where nothing is said', '', '192.0.2.7'],
    ['an address with a port', '1.1.1.1, 203.0.113.5:4711', '203.0.113.5'],
    ['an address of IPv6', '2001:db8::1', '2001:db8::1'],
    ['an address of IPv6 with a port', '[2001:db8::1]:4711', '2001:db8::1'],
    ['an address of IPv4 in the form of IPv6', '::ffff:203.0.113.5, ::ffff:10.0.0.1', '203.0.113.5'],
    ['what stands behind something that is no address', '1.1.1.1, unknown, 10.0.0.1', '10.0.0.1'],
    ['the peer, where the last is no address', '1.1.1.1, _hidden', '192.0.2.7'],
    ['the last, past empty members', '1.1.1.1, ,203.0.113.5,, ', '203.0.113.5'],
  ])('names as client %s', async (_, hops, client) => {
    const facts = trusting('192.0.2.0/24', '10.0.0.0/8');
    const { finished } = await sent(hops === '' ? '' : `X-Forwarded-For: ${hops}\r\n`, facts);
    expect(finished!.clientIp).toBe(client);
  });

  it('may write its hops in several lines', async () => {
    const fields = 'X-Forwarded-For: 1.1.1.1\r\nA: b\r\nX-Forwarded-For: 203.0.113.5\r\n';
    const { headers, finished } = await sent(fields, trusting('192.0.2.7'));
    expect(headers.get('x-forwarded-for')).toEqual(['1.1.1.1, 203.0.113.5, 192.0.2.7']);
    expect(finished!.clientIp).toBe('203.0.113.5');
  });

  it('whose id cannot be written as it is gets a new one', async () => {
    const { finished, headers } = await sent('X-Request-Id: <script>\r\n', trusting('192.0.2.7'));
    expect(finished!.requestId).toMatch(/^[\da-f-]{36}$/);
    expect(headers.get('x-request-id')).toEqual([finished!.requestId]);
  });

  it('is believed in what it says of the scheme only if that is one', async () => {
    for (const [said, scheme] of [
      ['HTTPS', 'https'],
      ['ftp', 'http'],
      ['https, http', 'http'],
    ] as const) {
      const { finished } = await sent(`X-Forwarded-Proto: ${said}\r\n`, trusting('192.0.2.7'));
      expect(finished!.scheme).toBe(scheme);
    }
  });

  it('has room for many hops', async () => {
    const hops = Array.from({ length: 600 }, (_, i) => `203.0.113.${i % 250}`).join(', ');
    const { headers } = await sent(`X-Forwarded-For: ${hops}\r\n`, trusting('192.0.2.7'));
    expect(headers.get('x-forwarded-for')).toEqual([`${hops}, 192.0.2.7`]);
  });
});

describe('a connection with several requests', () => {
  it('says of each what is true of that one', async () => {
    const made = aFakeEngine({ trusted: [] });
    const client = made.client();
    const ask = async (host: string, version: string): Promise<string> => {
      await client.says(`GET / HTTP/${version}\r\nHost: ${host}\r\nConnection: keep-alive\r\n\r\n`);
      const server = made.server(0);
      if (server.taken === '') await server.connects();
      const text = server.takeAll();
      await server.says(OK);
      return text;
    };
    expect(await ask('a.test', '1.1')).toMatch(/Via: 1\.1 [\s\S]*X-Forwarded-Host: a\.test\r\n/);
    expect(await ask('b.test', '1.1')).toMatch(/Via: 1\.1 [\s\S]*X-Forwarded-Host: b\.test\r\n/);
    expect(await ask('b.test', '1.0')).toMatch(/Via: 1\.0 [\s\S]*X-Forwarded-Host: b\.test\r\n/);
    expect(await ask('a.test', '1.1')).toMatch(/Via: 1\.1 [\s\S]*X-Forwarded-Host: a\.test\r\n/);
  });

  it('is trusted from the moment that a new configuration says so', async () => {
    const made = aFakeEngine();
    const client = made.client();
    const request = 'GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n';
    await client.says(request);
    const server = await made.connected(0);
    await server.says(OK);
    const [rule] = aFakeEngine(trusting('192.0.2.7')).engine.settings.trustedProxies;
    made.engine.take({ ...made.engine.settings, trustedProxies: [rule!] }, made.pool.servers);
    await client.says(request);
    await server.says(OK);
    expect(made.finished.map(({ clientIp }) => clientIp)).toEqual(['192.0.2.7', '6.6.6.6']);
  });

  it('names the address that a client of HTTP/1.0 without Host has connected to', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says('GET / HTTP/1.0\r\n\r\n');
    const server = await made.connected(0);
    expect(server.taken).toMatch(/\r\nHost: 127\.0\.0\.1:8080\r\n/);
    expect(server.taken).toMatch(/\r\nX-Forwarded-Host: 127\.0\.0\.1:8080\r\nX-Forwarded-Port: 8080\r\n/);
  });
});
