import { expect, it } from 'vitest';
import { ProxyHeaders, proxyHeaderRules } from '../../../src/control/listeners/proxy-headers.ts';
import { parseAddressRule } from '../../../src/core/accept.ts';
import { FakeConnection } from '../../support/a-fake-connection.ts';

const HEADER = 'PROXY TCP4 203.0.113.7 203.0.113.1 4711 80\r\n';

it.each([
  [[], '127.0.0.1', true],
  [[], '127.1.2.3', true],
  [[], '::1', true],
  [[], '192.0.2.7', false],
  [['192.0.2.0/24'], '192.0.2.7', true],
  [['192.0.2.0/24'], '127.0.0.1', false],
  [['2001:db8::/32'], '2001:db8::7', true],
  [['192.0.2.0/24'], '', true],
] as const)('with `trustedProxies` %j the header of %j is believed: %s', (trusted, address, isBelieved) => {
  const trustedProxies = () => trusted.flatMap((text) => parseAddressRule(text) ?? []);
  expect(proxyHeaderRules({ trustedProxies, refused: () => {} }).isTrusted(address)).toBe(isBelieved);
});

const someHeaders = () => {
  const refused: string[] = [];
  const accepted: FakeConnection[] = [];
  const headers = new ProxyHeaders({
    trustedProxies: () => [],
    refused: (code) => void refused.push(code),
  });
  const enter = (): FakeConnection => {
    const connection = new FakeConnection();
    connection.remoteAddress = '127.0.0.1';
    headers.take(connection, () => void accepted.push(connection));
    return connection;
  };
  return { refused, accepted, enter };
};

it('a connection is handed over with the ends that its header tells', async () => {
  const { refused, accepted, enter } = someHeaders();
  const connection = enter();
  await connection.says(HEADER);
  expect(accepted).toEqual([connection]);
  expect(connection).toMatchObject({ remoteAddress: '203.0.113.7', remotePort: 4711, isClosed: false });
  expect(refused).toEqual([]);
});

it.each([
  ['is none', (one: FakeConnection) => one.says('GET / HTTP/1.1\r\n\r\n'), 'PROXY_MALFORMED'],
  ['does not come', (one: FakeConnection) => one.ends(), 'PROXY_ENDED'],
  ['breaks off', (one: FakeConnection) => one.fails(), 'PROXY_ECONNRESET'],
])('a connection whose header %s is closed', async (_, happens, code) => {
  const { refused, accepted, enter } = someHeaders();
  const connection = enter();
  await happens(connection);
  expect(connection.isClosed).toBe(true);
  expect(refused).toEqual([code]);
  expect(accepted).toEqual([]);
});

it('no more than some thousand wait for their headers', async () => {
  const { refused, accepted, enter } = someHeaders();
  const waiting = Array.from({ length: 4096 }, enter);
  expect(enter().isClosed).toBe(true);
  expect(refused).toEqual(['TOO_MANY_PROXY_HEADERS']);
  await waiting[0]?.fails();
  const next = enter();
  expect(next.isClosed).toBe(false);
  await next.says(HEADER);
  expect(accepted).toEqual([next]);
  for (const one of waiting) void one.fails();
});
