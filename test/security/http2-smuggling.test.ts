import { describe, expect, it } from 'vitest';
import { anHttp2Engine } from '../proxy/http2/an-http2-engine.ts';
import { eventually } from '../support/eventually.ts';
import {
  connectFrames,
  DATA,
  END_STREAM,
  frame,
  framesIn,
  goawayIn,
  HEADERS,
  headers,
  PROTOCOL_ERROR,
  pseudo,
  resetIn,
} from '../support/http2-frames.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startWitness } from '../support/start-witness.ts';

type Field = readonly [name: string, value: string];

/**
 * What becomes of a request: the server sees it, we refuse it, or either: it is refused unless it was whole, and
 * answered, before what is wrong with it came. How it is refused depends on the nghttp2 that Node has: by an answer, by
 * a reset of its stream, or by the end of the session.
 */
type Fate = 'refused' | 'forwarded' | 'either';

const EVIL = 'GET /evil HTTP/1.1\r\nHost: a\r\n\r\n';
const GET = pseudo();
const POST = pseudo({ ':method': 'POST' });
const without = (name: string): readonly Field[] => GET.filter(([one]) => one !== name);

/** A request with content. */
const post = (fields: readonly Field[], ...contents: readonly string[]): readonly Buffer[] => [
  headers(1, [...POST, ...fields], 0),
  ...contents.map((content, i) => frame(DATA, i === contents.length - 1 ? END_STREAM : 0, 1, content)),
];
const get = (...fields: readonly Field[]): readonly Buffer[] => [headers(1, [...GET, ...fields])];
/** A request whose trailers are these. */
const trailed = (...fields: readonly Field[]): readonly Buffer[] => [
  headers(1, POST, 0),
  frame(DATA, 0, 1, 'x'),
  headers(1, fields),
];

const CASES: readonly (readonly [what: string, frames: readonly Buffer[], fate: Fate])[] = [
  ['H2.TE: Transfer-Encoding', post([['transfer-encoding', 'chunked']], `0\r\n\r\n${EVIL}`), 'refused'],
  ['H2.TE: identity', post([['transfer-encoding', 'identity']], 'x'), 'refused'],
  ['H2.CL: content beyond Content-Length', post([['content-length', '3']], `abc${EVIL}`), 'refused'],
  ['H2.CL: content beyond it, apart', post([['content-length', '3']], 'abc', EVIL), 'either'],
  ['H2.CL: none announced, some sent', post([['content-length', '0']], EVIL), 'either'],
  ['H2.CL: less than announced', post([['content-length', '50']], 'abc'), 'refused'],
  ['H2.CL: none sent, some announced', [headers(1, [...POST, ['content-length', '5']])], 'refused'],
  [
    'H2.CL: twice',
    post(
      [
        ['content-length', '1'],
        ['content-length', '1'],
      ],
      'x',
    ),
    'refused',
  ],
  ['H2.CL: as a list', post([['content-length', '1, 1']], 'x'), 'refused'],
  ['H2.CL: with a sign', post([['content-length', '+1']], 'x'), 'refused'],
  ['H2.CL: with a leading zero', post([['content-length', '01']], 'x'), 'refused'],
  ['H2.CL: beyond all numbers', post([['content-length', '99999999999999999999']], 'x'), 'refused'],
  ['content that looks like a request', post([], EVIL, EVIL), 'forwarded'],
  ['content that looks like chunks', post([], `0\r\n\r\n${EVIL}`), 'forwarded'],
  ['content with GET', [headers(1, GET, 0), frame(DATA, END_STREAM, 1, EVIL)], 'forwarded'],
  // nghttp2 drops fields whose value or name has characters that cannot be.
  ['CRLF in a value', get(['x-a', `b\r\n\r\n${EVIL}`]), 'forwarded'],
  [
    'CRLF and Transfer-Encoding in a value',
    post([['x-a', 'b\r\nTransfer-Encoding: chunked']], 'x'),
    'forwarded',
  ],
  ['LF in a value', get(['x-a', 'b\nx-evil: 1']), 'forwarded'],
  ['CR in a value', get(['x-a', 'b\rx-evil: 1']), 'forwarded'],
  ['NUL in a value', get(['x-a', 'b\0x-evil: 1']), 'forwarded'],
  ['CRLF in a name', get(['x-a: b\r\nx-evil', '1']), 'forwarded'],
  ['a colon in a name', get(['x-evil: 1\r\nx', '1']), 'forwarded'],
  ['a blank in a name', get(['transfer-encoding ', 'chunked']), 'forwarded'],
  ['an empty name', get(['', 'x-evil: 1']), 'forwarded'],
  ['an upper-case name', get(['X-Evil', '1']), 'refused'],
  ['an upper-case Transfer-Encoding', post([['Transfer-Encoding', 'chunked']], 'x'), 'refused'],
  ['CRLF in :path', [headers(1, pseudo({ ':path': `/ HTTP/1.1\r\nHost: a\r\n\r\n${EVIL}` }))], 'refused'],
  ['a blank in :path', [headers(1, pseudo({ ':path': '/ HTTP/1.1' }))], 'refused'],
  ['CRLF in :method', [headers(1, pseudo({ ':method': 'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET' }))], 'refused'],
  ['a blank in :method', [headers(1, pseudo({ ':method': 'GET /evil' }))], 'refused'],
  ['CRLF in :authority', [headers(1, pseudo({ ':authority': 'a\r\nx-evil: 1' }))], 'refused'],
  ['CRLF in :scheme', [headers(1, pseudo({ ':scheme': 'http\r\nx-evil: 1' }))], 'refused'],
  ['a URL in :path', [headers(1, pseudo({ ':path': 'http://evil.example/' }))], 'refused'],
  [
    'a URL in :path of another scheme',
    [headers(1, pseudo({ ':path': 'x://e/', ':scheme': 'x' }))],
    'refused',
  ],
  ['* in :path', [headers(1, pseudo({ ':path': '*' }))], 'refused'],
  ['* in :path of OPTIONS', [headers(1, pseudo({ ':path': '*', ':method': 'OPTIONS' }))], 'forwarded'],
  ['an empty :path', [headers(1, pseudo({ ':path': '' }))], 'refused'],
  ['a fragment in :path', [headers(1, pseudo({ ':path': '/a#b' }))], 'refused'],
  ['no :path', [headers(1, without(':path'))], 'refused'],
  ['no :method', [headers(1, without(':method'))], 'refused'],
  ['no :scheme', [headers(1, without(':scheme'))], 'refused'],
  ['no :authority', [headers(1, without(':authority'))], 'refused'],
  ['Host for :authority', [headers(1, [...without(':authority'), ['host', 'a']])], 'forwarded'],
  [':path twice', get([':path', '/evil']), 'refused'],
  [':authority twice', get([':authority', 'evil']), 'refused'],
  [
    'a pseudo-field behind a field',
    [headers(1, [...without(':path'), ['x-a', 'b'], [':path', '/']])],
    'refused',
  ],
  ['an unknown pseudo-field', get([':evil', '1']), 'refused'],
  ['a pseudo-field of answers', get([':status', '200']), 'refused'],
  [':protocol', [headers(1, [...pseudo({ ':method': 'CONNECT' }), [':protocol', 'websocket']])], 'refused'],
  [
    'CONNECT',
    [
      headers(1, [
        [':method', 'CONNECT'],
        [':authority', 'a:443'],
      ]),
    ],
    'refused',
  ],
  ['userinfo in :authority', [headers(1, pseudo({ ':authority': 'evil@a' }))], 'refused'],
  ['a list in :authority', [headers(1, pseudo({ ':authority': 'a,evil' }))], 'refused'],
  ['Host against :authority', get(['host', 'evil.example']), 'refused'],
  ['Host as :authority', get(['host', 'a.example']), 'forwarded'],
  ['Host twice', get(['host', 'a.example'], ['host', 'a.example']), 'refused'],
  ['Connection', get(['connection', 'x-forwarded-for']), 'refused'],
  ['Keep-Alive', get(['keep-alive', 'timeout=5']), 'refused'],
  ['Proxy-Connection', get(['proxy-connection', 'keep-alive']), 'refused'],
  ['Upgrade to h2c', get(['upgrade', 'h2c'], ['http2-settings', 'AAAA']), 'refused'],
  ['HTTP2-Settings', get(['http2-settings', 'AAAA']), 'forwarded'],
  ['TE with a coding', get(['te', 'trailers, chunked']), 'refused'],
  ['TE: trailers', get(['te', 'trailers']), 'forwarded'],
  ['an unknown expectation', get(['expect', 'evil']), 'refused'],
  ['names with underscores', get(['transfer_encoding', 'chunked'], ['x_forwarded_for', '1']), 'forwarded'],
  ['forwarding fields', get(['x-forwarded-for', '192.0.2.1'], ['forwarded', 'for=192.0.2.1']), 'forwarded'],
  ['a pseudo-field in trailers', trailed([':path', '/evil']), 'refused'],
  ['Transfer-Encoding in trailers', trailed(['transfer-encoding', 'chunked']), 'refused'],
  ['Content-Length in trailers', trailed(['content-length', '5']), 'refused'],
  ['Host in trailers', trailed(['host', 'evil']), 'forwarded'],
  ['CRLF in trailers', trailed(['x-a', `b\r\n\r\n${EVIL}`]), 'forwarded'],
  [
    'trailers that do not end the stream',
    [...trailed().slice(0, 2), headers(1, [['x-a', 'b']], 0)],
    'refused',
  ],
];

/** All at once, or so that each frame comes in a turn of its own and meets what the former ones began. */
const SENDERS = {
  'at once': async (client: RawClient, frames: readonly Buffer[]) => client.send(Buffer.concat(frames)),
  'frame by frame': async (client: RawClient, frames: readonly Buffer[]) => {
    for (const one of frames) {
      client.send(one);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  },
} as const;

/** `answered`, `reset`, `ended` for the whole session, or nothing yet. */
const endOf = (client: RawClient, stream: number): string => {
  const heard = client.heard();
  if (framesIn(heard).some(({ type, stream: one }) => type === HEADERS && one === stream)) return 'answered';
  if (resetIn(heard, stream) === PROTOCOL_ERROR) return 'reset';
  return client.socket.destroyed || goawayIn(heard) === PROTOCOL_ERROR ? 'ended' : '';
};

describe.each(Object.entries(SENDERS))('a request of HTTP/2, sent %s', (_way, send) => {
  it.each(CASES)('with %s has one reading at most', async (_what, frames, expected) => {
    const witness = await startWitness();
    const { h2cPort, settled } = await anHttp2Engine({ servers: { a: witness.url } });
    const client = await connectFrames(h2cPort);
    await send(client, frames);
    await eventually(() => endOf(client, 1) !== '');
    const end = endOf(client, 1);
    const good = end === 'ended' ? await connectFrames(h2cPort) : client;
    good.send(headers(3, pseudo({ ':path': '/after' })));
    await eventually(() => endOf(good, 3) === 'answered');
    client.socket.destroy();
    await settled();
    const isForwarded = expected === 'either' ? end === 'answered' : expected === 'forwarded';
    // Where either may be, the request may be on its way when what is wrong with it shows.
    if (expected !== 'either' || isForwarded) expect(witness.seen).toHaveLength(isForwarded ? 2 : 1);
    expect(witness.seen).toContain('GET /after ');
    if (isForwarded) expect(end).toBe('answered');
    witness.hasOneReading();
    expect(witness.messages.filter(({ startLine }) => startLine.includes('evil'))).toEqual([]);
    const heard = witness.heard.join('');
    expect(heard).not.toMatch(/^(?:x-evil|transfer_encoding|x_forwarded_for|http2-settings|te):/im);
    expect(heard).not.toMatch(/192\.0\.2\.1/);
  });
});
