import { describe, expect, it } from 'vitest';
import { http2Fault } from '../../src/proxy/http2/self-test.ts';
import { anHttp2Engine, aSession, ask } from '../proxy/http2/an-http2-engine.ts';
import {
  CONTINUATION,
  connectFrames,
  DATA,
  END_STREAM,
  frame,
  HEADERS,
  headers,
  PING,
  PRIORITY,
  pseudo,
  reset,
  SETTINGS,
  WINDOW_UPDATE,
} from '../support/http2-frames.ts';
import { startBackend } from '../support/start-backend.ts';

const SESSIONS = Number(process.env['FOREHAND_HTTP2_GARBAGE'] ?? 400);

/** Numbers that look random and are the same every time (mulberry32). */
const randomOf = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
};

/** A conversation that begins well, in frames. */
const conversation = (): Buffer[] => [
  headers(1, pseudo({ ':path': '/one' })),
  headers(3, [...pseudo({ ':method': 'POST' }), ['content-length', '10']], 0),
  frame(DATA, 0, 3, 'hello'),
  frame(PING, 0, 0, '12345678'),
  frame(PRIORITY, 0, 3, '\0\0\0\x01\x10'),
  frame(DATA, END_STREAM, 3, 'world'),
  frame(SETTINGS, 0, 0, '\0\x04\0\0\x10\0'),
  headers(5, pseudo({ ':method': 'POST' }), 0),
  frame(WINDOW_UPDATE, 0, 5, '\0\0\x10\0'),
  frame(DATA, 0, 5, 'chunk'),
  headers(5, [['x-sum', '1']]),
  frame(HEADERS, END_STREAM, 7, '\x82\x87'),
  frame(CONTINUATION, 4, 7, '\x84\x01\x01a'),
  headers(9, pseudo()),
  reset(9),
];

/** Spoils a conversation: bytes that differ, frames that are lost, come twice or at another place, or end early. */
const spoiled = (random: (below: number) => number): readonly Buffer[] => {
  const frames = conversation();
  for (let i = random(4); i >= 0; i--) {
    const at = random(frames.length);
    const one = Buffer.from(frames[at] ?? '');
    switch (random(5)) {
      case 0:
        one[random(one.length)] = random(256);
        frames[at] = one;
        break;
      case 1:
        frames.splice(at, 1);
        break;
      case 2:
        frames.splice(random(frames.length), 0, one);
        break;
      case 3:
        frames[at] = one.subarray(0, random(one.length));
        break;
      default:
        frames.push(...frames.splice(at, 1));
    }
  }
  return frames;
};

describe.skipIf(await http2Fault())('HTTP/2 that is not quite that', () => {
  it('ends its session at most', async () => {
    const backend = await startBackend((req, res) => void req.on('error', () => undefined).pipe(res));
    const timeouts = { responseIdle: 200, clientIdle: 500, requestHeaders: 500 };
    const made = await anHttp2Engine({ servers: { a: backend.url }, timeouts }, 200);
    for (let seed = 0; seed < SESSIONS; seed++) {
      const random = randomOf(seed);
      const client = await connectFrames(made.h2cPort);
      const frames = spoiled(random);
      if (random(2) === 0) client.send(Buffer.concat(frames));
      else
        for (const one of frames) {
          client.send(one);
          await new Promise((resolve) => setImmediate(resolve));
        }
      if (random(2) === 0) client.socket.resetAndDestroy();
      else client.socket.end();
    }
    expect(await ask(await aSession(made.h2cPort))).toMatchObject({ status: 200 });
    await made.settled();
    expect(made.faults).toEqual([]);
    await expect.poll(() => made.engine.clients.size, { timeout: 10_000 }).toBe(0);
  });
});
