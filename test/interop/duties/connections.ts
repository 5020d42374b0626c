import { expect } from 'vitest';
import { answerWith, type Duty, get, OK, post, statusOf, valuesOf } from './hop.ts';

const OLD = 'GET / HTTP/1.0\r\nHost: a\r\n\r\n';
const EXPECTS = post('Expect: 100-continue\r\nContent-Length: 5\r\n', 'hello');

/** What an intermediary owes to both of its connections. */
export const CONNECTION_DUTIES: readonly Duty[] = [
  [
    'RFC 9110, 7.6.1',
    'MUST',
    'removes what Connection of a request names',
    async (hop) => {
      const { request } = await hop(
        get('Connection: X, y\r\nX: 1\r\nY: 2\r\nZ: 3\r\nConnection: w\r\nW: 4\r\n'),
      );
      expect(['x', 'y', 'z', 'w'].map((name) => valuesOf(request, name))).toEqual([[], [], ['3'], []]);
    },
  ],
  [
    'RFC 9110, 7.6.1',
    'MUST',
    'removes what Connection of an answer names',
    async (hop) => {
      const { answer } = await hop(
        get(),
        answerWith('X: 1\r\nConnection: X, y\r\nY: 2\r\nZ: 3\r\nContent-Length: 0\r\n'),
      );
      expect(['x', 'y', 'z'].map((name) => valuesOf(answer, name))).toEqual([[], [], ['3']]);
    },
  ],
  [
    'RFC 9110, 7.6.1',
    'MUST',
    'removes Connection itself from a request',
    async (hop) => {
      expect(valuesOf((await hop(get('Connection: close\r\n'))).request, 'connection')).toEqual([]);
    },
  ],
  [
    'RFC 9110, 7.6.1',
    'MUST',
    "does not pass a server's close on to the client",
    async (hop) => {
      const { answer, client } = await hop(get(), answerWith('Connection: close\r\nContent-Length: 0\r\n'));
      expect(valuesOf(answer, 'connection')).toEqual([]);
      expect(client.socket.destroyed).toBe(false);
    },
  ],
  [
    'RFC 9110, 7.6.1',
    'SHOULD',
    'removes Keep-Alive, Proxy-Connection, TE and Upgrade that Connection does not name',
    async (hop) => {
      const lines = 'Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\nUpgrade: x\r\n';
      const { request, answer } = await hop(get(lines), answerWith(`${lines}Content-Length: 0\r\n`));
      for (const name of ['keep-alive', 'proxy-connection', 'te', 'upgrade'])
        expect([valuesOf(request, name), valuesOf(answer, name)]).toEqual([[], []]);
    },
  ],
  [
    'RFC 9110, 10.1.1',
    'MUST',
    'passes 100-continue on',
    async (hop) => {
      expect(valuesOf((await hop(EXPECTS)).request, 'expect')).toEqual(['100-continue']);
    },
  ],
  [
    'RFC 9110, 10.1.1',
    'MUST',
    'ignores 100-continue of HTTP/1.0',
    async (hop) => {
      const { request, answers } = await hop(EXPECTS.replace('1.1', '1.0'));
      expect([valuesOf(request, 'expect'), answers.map(statusOf)]).toEqual([[], [200]]);
    },
  ],
  [
    'RFC 9110, 10.1.1',
    'SHOULD',
    'answers 417 to an expectation that it does not know',
    async (hop) => {
      expect((await hop(EXPECTS.replace('100-continue', 'x'))).status).toBe(417);
    },
  ],
  [
    'RFC 9110, 10.1.4',
    'MUST',
    'takes TE for its own connection only',
    async (hop) => {
      const { request } = await hop(get('Connection: TE\r\nTE: trailers, gzip;q=0.5\r\n'));
      expect([valuesOf(request, 'te'), valuesOf(request, 'connection')]).toEqual([[], []]);
    },
  ],
  [
    'RFC 9112, 9.3',
    'MUST',
    'keeps the connection of an HTTP/1.1 client',
    async (hop) => {
      const { client } = await hop(get());
      client.send(get());
      await client.hears(/ok[\s\S]*ok$/);
    },
  ],
  [
    'RFC 9112, 9.3',
    'MUST',
    'ends the connection of an HTTP/1.0 client',
    async (hop) => {
      const { text, client } = await hop(OLD);
      expect(text).toMatch(/\r\nConnection: close\r\n/);
      await client.closed();
    },
  ],
  [
    'RFC 9112, C.2.2',
    'FEATURE',
    'keeps the connection of an HTTP/1.0 client that asks for it',
    async (hop) => {
      const { text, client } = await hop(OLD.replace('Host', 'Connection: keep-alive\r\nHost'));
      expect(text).toMatch(/\r\nConnection: keep-alive\r\n/);
      client.send(OLD);
      await client.hears(/ok[\s\S]*ok$/);
    },
  ],
  [
    'RFC 9112, 9.3',
    'MUST',
    'never keeps a connection for HTTP/1.0 where only its end ends the content',
    async (hop) => {
      const request = OLD.replace('Host', 'Connection: keep-alive\r\nHost');
      const { text, client } = await hop(
        request,
        answerWith('Transfer-Encoding: chunked\r\n', '2\r\nok\r\n0\r\n\r\n'),
      );
      expect(text).toMatch(/\r\nConnection: close\r\n[\s\S]*\r\n\r\nok$/);
      await client.closed();
    },
  ],
  [
    'RFC 9112, 9.3',
    'MUST',
    'ends the connection of a client that says close, whatever else it says',
    async (hop) => {
      const { text, client } = await hop(OLD.replace('Host', 'Connection: keep-alive, close\r\nHost'));
      expect(text).toMatch(/\r\nConnection: close\r\n/);
      await client.closed();
    },
  ],
  [
    'RFC 9112, 9.3',
    'MUST',
    'sends no further request to a server that says close, whatever else it says',
    async (hop) => {
      const lines = 'Connection: close, keep-alive\r\nContent-Length: 2\r\n';
      const { client, witness } = await hop(get(), answerWith(lines, 'ok').replace('1.1', '1.0'));
      client.send(get());
      await client.hears(/ok[\s\S]*ok$/);
      expect(witness.heard).toHaveLength(2);
    },
  ],
  [
    'RFC 9112, 9.3.1',
    'MUST',
    'sends a POST once only',
    async (hop) => {
      const { status, witness } = await hop(post('Content-Length: 5\r\n', 'hello'), '', { ends: true });
      expect(status).toBe(502);
      expect(witness.seen).toEqual(['POST / hello']);
    },
  ],
  [
    'RFC 9112, 9.3.2',
    'MUST',
    'answers in the order of the requests',
    async (hop) => {
      const { client } = await hop(get('', '/1') + get('', '/2') + get('', '/3'), ({ startLine }) =>
        answerWith('Content-Length: 2\r\n', startLine.slice(4, 6)),
      );
      expect(await client.hears(/\/3$/)).toMatch(/\/1[\s\S]*\/2[\s\S]*\/3/);
    },
  ],
  [
    'RFC 9112, 9.6',
    'MUST',
    'ends the connection behind the answer where the client says close',
    async (hop) => {
      const { client } = await hop(get('Connection: close\r\n'));
      await client.closed();
    },
  ],
  [
    'RFC 9112, 9.6',
    'MUST',
    'takes no request behind one that says close',
    async (hop) => {
      const { requests, client } = await hop(get('Connection: close\r\n') + get('', '/2'));
      await client.closed();
      expect(requests).toHaveLength(1);
    },
  ],
  [
    'RFC 9112, 9.6',
    'SHOULD',
    'says close in its last answer',
    async (hop) => {
      expect(valuesOf((await hop(get('Connection: close\r\n'))).answer, 'connection')).toEqual(['close']);
    },
  ],
  [
    'RFC 9112, 9.6',
    'MUST',
    'sends no further request to a server that says close',
    async (hop) => {
      const { client, witness } = await hop(
        get(),
        answerWith('Connection: close\r\nContent-Length: 2\r\n', 'ok'),
      );
      client.send(get());
      await client.hears(/ok[\s\S]*ok$/);
      expect(witness.heard).toHaveLength(2);
    },
  ],
  [
    'RFC 9112, 9.3',
    'MUST',
    'keeps no connection to an HTTP/1.0 server that does not ask for it',
    async (hop) => {
      const { client, witness } = await hop(get(), OK.replace('1.1', '1.0'));
      client.send(get());
      await client.hears(/ok[\s\S]*ok$/);
      expect(witness.heard).toHaveLength(2);
    },
  ],
  [
    'RFC 9112, 9.3',
    'FEATURE',
    'uses the connection to a server again',
    async (hop) => {
      const { client, witness } = await hop(get());
      client.send(get());
      await client.hears(/ok[\s\S]*ok$/);
      expect(witness.heard).toHaveLength(1);
    },
  ],
];
