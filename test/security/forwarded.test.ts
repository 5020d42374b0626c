import { describe, expect, it } from 'vitest';
import { aDoor } from '../support/a-door.ts';
import { askRaw } from '../support/raw-client.ts';
import { startBackend } from '../support/start-backend.ts';

const FORGED =
  'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.test\r\nX-Forwarded-Port: 1\r\n' +
  'Forwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nX-Request-Id: theirs\r\n';

const sent = async (fields: string, trusted: readonly string[] = []) => {
  const backend = await startBackend();
  const door = await aDoor({ servers: { a: backend.url }, trusted });
  const text = await askRaw(
    door.port,
    `GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n${fields}\r\n`,
  );
  return { headers: backend.requests[0]?.headers, text, finished: door.finished[0]! };
};

describe('a client that nobody trusts', () => {
  it('cannot say who it is', async () => {
    const { headers, finished, text } = await sent(FORGED);
    expect(headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.test',
      'x-forwarded-port': '80',
    });
    expect(JSON.stringify(headers)).not.toMatch(/6\.6\.6\.6|evil|theirs/);
    expect(headers).not.toHaveProperty('forwarded');
    expect(headers).not.toHaveProperty('x-real-ip');
    expect(finished).toMatchObject({ clientIp: '127.0.0.1', peerIp: '127.0.0.1', scheme: 'http' });
    expect(text).toContain(`X-Request-Id: ${finished.requestId}`);
    expect(headers?.['x-request-id']).toBe(finished.requestId);
  });

  it.each([
    'X_Forwarded_For: 6.6.6.6',
    'x_real_ip: 6.6.6.6',
    'X-Forwarded_For: 6.6.6.6',
    '__proto__: 6.6.6.6',
  ])('cannot say it by %s either', async (field) => {
    const { headers } = await sent(`${field}\r\n`);
    expect(JSON.stringify(headers)).not.toContain('6.6.6.6');
  });

  it.each([
    'X-Forwarded-For',
    'x-forwarded-proto',
    'X-Request-Id',
    'Forwarded',
    'X-Real-IP',
    'Host',
    'Cookie',
  ])('cannot have %s removed', async (name) => {
    const { text, headers } = await sent(`Connection: ${name}\r\n`);
    expect(text).toMatch(/^HTTP\/1.1 400 /);
    expect(headers).toBeUndefined();
  });
});

describe('a trusted peer', () => {
  it('is believed, and named as a further hop', async () => {
    const { headers, finished } = await sent(FORGED, ['127.0.0.1']);
    expect(headers).toMatchObject({
      'x-forwarded-for': '6.6.6.6, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.test',
      'x-request-id': 'theirs',
      forwarded: 'for=6.6.6.6',
    });
    expect(finished).toMatchObject({
      clientIp: '6.6.6.6',
      peerIp: '127.0.0.1',
      scheme: 'https',
      requestId: 'theirs',
    });
  });

  it('is followed from the right to the first hop that is not trusted: what a client wrote before does not count', async () => {
    const chain = 'X-Forwarded-For: 1.1.1.1, 9.9.9.9, 203.0.113.5\r\nX-Forwarded-For: 10.0.0.1\r\n';
    const { finished } = await sent(chain, ['127.0.0.0/8', '10.0.0.0/8']);
    expect(finished.clientIp).toBe('203.0.113.5');
  });

  it('whose id cannot be written as it is gets a new one', async () => {
    const { finished } = await sent('X-Request-Id: <script>alert(1)</script>\r\n', ['127.0.0.1']);
    expect(finished.requestId).toMatch(/^[\da-f-]{36}$/);
  });
});
