import { describe, expect, it } from 'vitest';
import { parseAddressRule } from '../../src/core/accept.ts';
import { anEngine, TRANSPORTS } from '../support/an-engine.ts';
import { askRaw } from '../support/raw-client.ts';
import { startWitness } from '../support/start-witness.ts';

const FORGED =
  'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.test\r\nX-Forwarded-Port: 1\r\n' +
  'Forwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nX-Request-Id: theirs\r\n';

interface Facts {
  readonly trusted?: readonly string[];
  readonly keepsUnderscores?: boolean;
  readonly answer?: string;
}

describe.each(TRANSPORTS)('fields on %s', (transport) => {
  const sent = async (lines: string, { trusted = [], keepsUnderscores = false, answer }: Facts = {}) => {
    const witness = await startWitness(() => `HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${answer ?? ''}\r\n`);
    const trustedProxies = trusted.flatMap((text) => parseAddressRule(text) ?? []);
    const { port, finished } = await anEngine({
      transport,
      servers: { a: witness.url },
      settings: { keepsUnderscores, trustedProxies },
    });
    const isClosing = /^connection:/im.test(lines);
    const closing = isClosing ? '' : 'Connection: close\r\n';
    const text = await askRaw(port, `GET / HTTP/1.1\r\nHost: shop.test\r\n${closing}${lines}\r\n`);
    witness.hasOneReading();
    const fields = Object.fromEntries(witness.messages[0]?.fields ?? []);
    return { fields, text, finished: finished[0]!, isForwarded: witness.messages.length > 0 };
  };

  describe('a client that nobody trusts', () => {
    it('cannot say who it is', async () => {
      const { fields, finished, text } = await sent(FORGED);
      expect(fields).toMatchObject({
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'shop.test',
        'x-forwarded-port': '80',
        'x-request-id': finished.requestId,
      });
      expect(JSON.stringify(fields)).not.toMatch(/6\.6\.6\.6|evil|theirs/);
      expect(fields).not.toHaveProperty('forwarded');
      expect(fields).not.toHaveProperty('x-real-ip');
      expect(finished).toMatchObject({ clientIp: '127.0.0.1', peerIp: '127.0.0.1', scheme: 'http' });
      expect(text).toContain(`X-Request-Id: ${finished.requestId}`);
    });

    it.each([
      'X_Forwarded_For: 6.6.6.6',
      'x_real_ip: 6.6.6.6',
      'X-Forwarded_For: 6.6.6.6',
      '__proto__: 6.6.6.6',
      'X-Forwarded-Anything: 6.6.6.6',
    ])('cannot say it by %s either', async (field) => {
      expect(JSON.stringify((await sent(`${field}\r\n`)).fields)).not.toContain('6.6.6.6');
    });

    it('can have names with underscores passed on where that is wanted', async () => {
      const { fields } = await sent('X_Y: z\r\n', { keepsUnderscores: true });
      expect(fields).toHaveProperty('x_y', 'z');
    });

    it.each([
      'X-Forwarded-For',
      'x-forwarded-proto',
      'X-Request-Id',
      'Forwarded',
      'X-Real-IP',
      'Host',
      'Cookie',
      'Authorization',
      'Content-Length',
      'Transfer-Encoding',
    ])('cannot have %s removed', async (name) => {
      const { text, isForwarded } = await sent(`Connection: ${name}\r\n`);
      expect(text).toMatch(/^HTTP\/1\.1 400 /);
      expect(isForwarded).toBe(false);
    });

    it('cannot have removed what we add', async () => {
      const { fields } = await sent('Connection: close, Via, X-Forwarded\r\nVia: 1.0 x\r\n');
      expect(fields).toMatchObject({ via: '1.1 forehand', 'x-forwarded-for': '127.0.0.1' });
    });
  });

  describe('a trusted peer', () => {
    it('is believed, and named as a further hop', async () => {
      const { fields, finished } = await sent(FORGED, { trusted: ['127.0.0.1'] });
      expect(fields).toMatchObject({
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
      const { finished } = await sent(chain, { trusted: ['127.0.0.0/8', '10.0.0.0/8'] });
      expect(finished.clientIp).toBe('203.0.113.5');
    });

    it.each(['<script>alert(1)</script>', 'a b', 'x'.repeat(129), '', '\xe9'])(
      'whose id %j cannot be written as it is gets a new one',
      async (id) => {
        const { finished } = await sent(`X-Request-Id: ${id}\r\n`, { trusted: ['127.0.0.1'] });
        expect(finished.requestId).toMatch(/^[\da-f-]{36}$/);
      },
    );
  });

  describe('fields for one connection', () => {
    const LINES =
      'Keep-Alive: timeout=9\r\nProxy-Connection: close\r\nTE: trailers\r\nUpgrade: x\r\nX-Named: 1\r\nx-OTHER: 2\r\n';
    const GONE = ['keep-alive', 'proxy-connection', 'te', 'upgrade', 'x-named', 'x-other', 'connection'];

    it('do not go on to the server', async () => {
      const { fields } = await sent(
        `Proxy-Authorization: Basic x\r\nHTTP2-Settings: x\r\n${LINES}Connection: close, X-Named\r\nConnection: x-other\r\nX-Kept: 3\r\n`,
      );
      for (const name of [...GONE, 'proxy-authorization', 'http2-settings'])
        expect(fields).not.toHaveProperty(name);
      expect(fields).toHaveProperty('x-kept', '3');
    });

    it('do not go on to the client', async () => {
      const answer = `Proxy-Authenticate: Basic\r\n${LINES}Connection: X-Named, x-other\r\nX-Kept: 3\r\n`;
      const head = (await sent('', { answer })).text.toLowerCase();
      for (const name of [...GONE, 'proxy-authenticate'].filter((name) => name !== 'connection'))
        expect(head).not.toContain(`\r\n${name}:`);
      expect(head).toContain('\r\nx-kept: 3\r\n');
      expect(head).toContain('\r\nconnection: close\r\n');
    });

    it('cannot take the framing or the date of an answer away', async () => {
      const answer = 'Connection: content-length, date\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\n';
      const { text } = await sent('', { answer });
      expect(text).toMatch(/\r\nContent-Length: 0\r\n/);
      expect(text).toMatch(/\r\nDate: (?!Mon, 01 Jan 2024)/);
    });
  });
});
