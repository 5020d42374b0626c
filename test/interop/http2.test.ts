import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { anHttp2Engine } from '../proxy/http2/an-http2-engine.ts';
import { CURL_DEEDS, hasCurl } from './deeds/curl.ts';
import type { Deed } from './deeds/deed.ts';
import { FETCH_DEEDS } from './deeds/fetch.ts';
import { NODE_DEEDS } from './deeds/node-client.ts';
import { hasHaproxy, runHaproxy } from './haproxy.ts';
import { type Neighbour, startNeighbour } from './neighbour.ts';
import { bytesOf, digestOf, startOrigin } from './origin.ts';
import { PROGRAM_ENV } from './run-program.ts';

/** HAProxy that speaks HTTP/2 with us, whatever its client speaks. */
const haproxyByHttp2: Neighbour = (port, next) =>
  runHaproxy(
    `
global
  maxconn 256
defaults
  mode http
  timeout connect 2s
  timeout client 15s
  timeout server 15s
listen front
  bind 127.0.0.1:${port}
  server next 127.0.0.1:${next} proto h2
`,
    port,
  );

const engineTo = async (port: number): Promise<number> =>
  (await anHttp2Engine({ servers: { a: `http://127.0.0.1:${port}` } })).h2cPort;

/** These look at the line that HAProxy writes for its client, which has no words, or at what it makes of HTTP/1.0. */
const OF_HAPROXY = [
  'asks by HEAD',
  'waits for 100 before it posts',
  'speaks HTTP/1.0 and gets what came in chunks',
];
const ofUs = (deeds: readonly Deed[]): readonly Deed[] =>
  deeds.filter(([name]) => !OF_HAPROXY.includes(name));

const isMissing = (isThere: boolean): boolean => !isThere && !process.env['CI'];

describe.skipIf(isMissing(hasHaproxy))('with HAProxy before us, by HTTP/2', () => {
  const deeds = {
    curl: hasCurl ? ofUs(CURL_DEEDS) : [],
    'a client of node:http': NODE_DEEDS,
    fetch: FETCH_DEEDS,
  };
  describe.each(Object.entries(deeds))('%s', (_client, all) => {
    it.each(all)('%s', async (_what, run) => {
      const origin = await startOrigin();
      await run(`http://127.0.0.1:${await startNeighbour(haproxyByHttp2, await engineTo(origin.port))}`);
    });
  });
});

describe.skipIf(isMissing(hasCurl))('curl, by HTTP/2', () => {
  const curl = async (...args: readonly string[]): Promise<Buffer> => {
    const options = { encoding: 'buffer', env: PROGRAM_ENV, maxBuffer: 64 * 1024 * 1024 } as const;
    const all = ['-sS', '--max-time', '15', '--http2-prior-knowledge', ...args];
    return (await promisify(execFile)('curl', all, options)).stdout;
  };

  it.each([0, 1, 65_536, 3_000_000])('moves %d bytes both ways', async (size) => {
    const url = `http://127.0.0.1:${await engineTo((await startOrigin()).port)}`;
    const got = await curl('-w', '%{http_version}', `${url}/bytes/${size}`);
    expect(got.subarray(size).toString()).toBe('2');
    expect(digestOf(got.subarray(0, size))).toBe(digestOf(bytesOf(size)));
    expect(digestOf(await curl(`${url}/chunks/${size}`))).toBe(digestOf(bytesOf(size)));
  });

  it('moves many at a time', async () => {
    const url = `http://127.0.0.1:${await engineTo((await startOrigin()).port)}`;
    const got = await curl(
      '-Z',
      '--parallel-immediate',
      ...Array.from({ length: 40 }, () => `${url}/bytes/65536`),
    );
    expect(got.length).toBe(40 * 65_536);
  });
});
