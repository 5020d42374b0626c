import { describe, expect, it } from 'vitest';
import { aFakeEngine } from '../support/a-fake-engine.ts';

const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n';
const LENGTH = 'Content-Length: 5\r\n\r\nabcde';

/** An engine that writes down the content of all bodies. */
const tapped = () => {
  const seen = { request: '', response: '', exchanges: [] as string[] };
  const hear =
    (side: 'request' | 'response') =>
    (bytes: Buffer, start: number, end: number): void => {
      seen[side] += bytes.toString('latin1', start, end);
    };
  const made = aFakeEngine({
    parts: {
      tap: ({ server, path }) => {
        seen.exchanges.push(`${path} ${server}`);
        if (path === '/unseen') return undefined;
        return {
          request: hear('request'),
          response: hear('response'),
        };
      },
    },
  });
  return { made, seen };
};

const ask = (path: string, rest: string): string => `POST ${path} HTTP/1.1\r\nHost: a\r\n${rest}`;
const answer = (rest: string): string => `HTTP/1.1 200 OK\r\n${rest}`;

describe('a body tap', () => {
  it.each([
    ['with a length', LENGTH],
    ['in chunks', CHUNKED],
  ])('sees content %s, without its framing, whatever pieces it comes in', async (_, body) => {
    for (const size of [1, 2, 7, 1000]) {
      const { made, seen } = tapped();
      const client = made.client();
      const pieces = (text: string): readonly string[] => text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
      await client.says(...pieces(ask('/', body)));
      const server = await made.connected(0);
      await client.hears();
      for (const piece of pieces(answer(body))) await server.says(piece);
      expect(seen).toEqual({ request: 'abcde', response: 'abcde', exchanges: ['/ a'] });
      expect(client.taken).toMatch(/ 200 OK/);
    }
  });

  it('sees what ends with its connection', async () => {
    const { made, seen } = tapped();
    const client = made.client();
    await client.says('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const server = await made.connected(0);
    await server.says(answer('\r\nabc'), 'de');
    await server.ends();
    expect(seen).toMatchObject({ request: '', response: 'abcde' });
  });

  it('sees one exchange only: the next is asked about anew', async () => {
    const { made, seen } = tapped();
    const client = made.client();
    await client.says(ask('/', LENGTH) + ask('/unseen', LENGTH));
    const server = await made.connected(0);
    await server.says(answer(LENGTH));
    await server.says(answer(LENGTH));
    expect(seen).toEqual({ request: 'abcde', response: 'abcde', exchanges: ['/ a', '/unseen a'] });
  });

  it('sees the content once, also when it is sent to another server', async () => {
    const { made, seen } = tapped();
    await made.client().says(ask('/', LENGTH));
    await made.server(0).fails('ECONNREFUSED');
    await (await made.connected(1)).says(answer(LENGTH));
    expect(seen).toEqual({ request: 'abcde', response: 'abcde', exchanges: ['/ a'] });
  });

  it('that throws ends its exchange and nothing else', async () => {
    for (const side of ['request', 'response'] as const) {
      const made = aFakeEngine({
        parts: {
          tap: () => ({
            [side]: () => {
              throw new Error('what is this?');
            },
          }),
        },
      });
      const client = made.client();
      await client.says(ask('/', LENGTH));
      if (side === 'response') await (await made.connected(0)).says(answer(LENGTH));
      if (side === 'request') expect(client.isClosed).toBe(true);
      else expect(client.taken).toMatch(/^HTTP\/1\.1 500 /);
      expect(made.engine.open).toBe(0);
      expect(made.inFlight()).toBe(0);
      expect(made.faults.splice(0)).toHaveLength(1);
    }
  });
});

describe('additions', () => {
  it('go into the request and into the answer, once', async () => {
    const made = aFakeEngine({
      parts: {
        additions: ({ server }) => ({
          request: `X-To: ${server}\r\n`,
          response: `Set-Cookie: at=${server}\r\n`,
        }),
      },
    });
    const client = made.client();
    await client.says(ask('/', LENGTH));
    const server = await made.connected(0);
    expect(server.taken).toMatch(/\r\nX-To: a\r\n\r\nabcde$/);
    await server.says(`HTTP/1.1 103 Early\r\n\r\n${answer(LENGTH)}`);
    expect(client.taken.match(/Set-Cookie: at=a\r\n/g)).toHaveLength(1);
    expect(client.taken).toMatch(/HTTP\/1\.1 200 OK\r\n(?:.+\r\n)*Set-Cookie: at=a\r\n(?:.+\r\n)*\r\nabcde$/);
  });

  it('have room, however long they are', async () => {
    const long = `X-Long: ${'y'.repeat(60_000)}\r\n`;
    const made = aFakeEngine({ parts: { additions: () => ({ request: long, response: long }) } });
    const client = made.client();
    await client.says(ask('/', LENGTH));
    const server = await made.connected(0);
    expect(server.taken).toContain(`${long}\r\nabcde`);
    await server.says(answer(LENGTH));
    expect(client.taken).toContain(long);
    expect(client.taken).toMatch(/\r\n\r\nabcde$/);
  });
});
