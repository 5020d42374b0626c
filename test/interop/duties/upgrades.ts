import { expect } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { answerWith, type Duty, get, valuesOf } from './hop.ts';

const KEY =
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Extensions: permessage-deflate\r\n';
const HANDSHAKE = get(`Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n${KEY}`);
const ACCEPT = 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n';
const SWITCHED = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${ACCEPT}\r\n`;

/** What an intermediary owes to those who switch protocols. */
export const UPGRADE_DUTIES: readonly Duty[] = [
  [
    'RFC 9110, 7.8',
    'MUST',
    'switches to a protocol only where both sides have named it',
    async (hop) => {
      const { status, text } = await hop(
        get('Connection: Upgrade\r\nUpgrade: websocket\r\n'),
        SWITCHED.replace('websocket', 'other'),
      );
      expect(status).toBe(502);
      expect(text).not.toContain('HTTP/1.1 101');
    },
  ],
  [
    'RFC 9110, 7.8',
    'MUST',
    'ignores Upgrade that Connection does not name',
    async (hop) => {
      expect(valuesOf((await hop(get('Upgrade: websocket\r\n'))).request, 'upgrade')).toEqual([]);
    },
  ],
  [
    'RFC 9110, 7.8',
    'MUST',
    'ignores Upgrade of HTTP/1.0',
    async (hop) => {
      expect(valuesOf((await hop(HANDSHAKE.replace('1.1', '1.0'))).request, 'upgrade')).toEqual([]);
    },
  ],
  [
    'RFC 9110, 7.8',
    'MUST',
    'sends Connection: upgrade where it sends Upgrade',
    async (hop) => {
      const { request } = await hop(HANDSHAKE);
      expect(valuesOf(request, 'upgrade')).toEqual(['websocket']);
      expect(valuesOf(request, 'connection').join()).toMatch(/^upgrade$/i);
    },
  ],
  [
    'RFC 9113, 3.1',
    'MUST',
    'passes no HTTP2-Settings and no h2c on',
    async (hop) => {
      const { request } = await hop(
        get('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'),
      );
      expect([valuesOf(request, 'upgrade'), valuesOf(request, 'http2-settings')]).toEqual([[], []]);
    },
  ],
  [
    'RFC 6455, 4.1',
    'FEATURE',
    "passes a WebSocket client's part of the handshake on",
    async (hop) => {
      const { request } = await hop(HANDSHAKE);
      for (const line of KEY.trimEnd().split('\r\n')) {
        const [name = '', value = ''] = line.split(': ');
        expect(valuesOf(request, name.toLowerCase())).toEqual([value]);
      }
    },
  ],
  [
    'RFC 6455, 4.2',
    'FEATURE',
    "passes a WebSocket server's part of the handshake on",
    async (hop) => {
      const { client, text } = await hop(HANDSHAKE, SWITCHED);
      expect(text).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
      for (const line of `Connection: Upgrade\r\nUpgrade: websocket\r\n${ACCEPT}`.trimEnd().split('\r\n'))
        expect(client.heard()).toContain(`\r\n${line}\r\n`);
    },
  ],
  [
    'RFC 6455, 5',
    'FEATURE',
    'leaves frames as they are, both ways',
    async (hop) => {
      const frame = '\x81\x85\x00\r\n\x00hello';
      const { client, witness } = await hop(HANDSHAKE, `${SWITCHED}\x81\x02hi`);
      await eventually(() => client.heard().endsWith('\x81\x02hi'));
      client.send(frame);
      await eventually(() => witness.heard[0]?.endsWith(frame));
    },
  ],
  [
    'RFC 6455, 4.4',
    'FEATURE',
    'passes on that a server speaks another version of WebSocket',
    async (hop) => {
      const { answer, status } = await hop(
        HANDSHAKE,
        answerWith('Sec-WebSocket-Version: 13, 8\r\nContent-Length: 0\r\n', '', '426 Upgrade Required'),
      );
      expect([status, valuesOf(answer, 'sec-websocket-version')]).toEqual([426, ['13, 8']]);
    },
  ],
];
