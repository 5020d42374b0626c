import { once } from 'node:events';
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { Readable } from 'node:stream';
import { expect, onTestFinished } from 'vitest';
import { bytesOf } from '../origin.ts';
import { chunksOf, type Deed, expectBytes, expectEcho, KIB_64, SIZES } from './deed.ts';

const ask = async (url: string, options: RequestOptions = {}, content?: Buffer): Promise<IncomingMessage> => {
  const req = request(url, { agent: false, ...options });
  req.end(content);
  const [res] = (await once(req, 'response')) as [IncomingMessage];
  return res;
};

const contentOf = async (res: IncomingMessage): Promise<Buffer> => Buffer.concat(await res.toArray());

export const NODE_DEEDS: readonly Deed[] = [
  ...SIZES.flatMap(([name, size]): readonly Deed[] => [
    [`gets ${name}`, async (url) => expectBytes(await contentOf(await ask(`${url}/bytes/${size}`)), size)],
    [
      `gets ${name} in chunks`,
      async (url) => expectBytes(await contentOf(await ask(`${url}/chunks/${size}`)), size),
    ],
    [
      `posts ${name}`,
      async (url) => {
        const options = { method: 'POST', headers: { 'Content-Length': size } };
        expectEcho(String(await contentOf(await ask(`${url}/echo`, options, bytesOf(size)))), 'POST', size);
      },
    ],
    [
      `posts ${name} in chunks`,
      async (url) => {
        const req = request(`${url}/echo`, { agent: false, method: 'POST' });
        const answered = once(req, 'response');
        Readable.from(chunksOf(bytesOf(size))).pipe(req);
        const [res] = (await answered) as [IncomingMessage];
        expectEcho(String(await contentOf(res)), 'POST', size);
      },
    ],
  ]),
  [
    'asks by HEAD',
    async (url) => {
      const res = await ask(`${url}/bytes/${KIB_64}`, { method: 'HEAD' });
      expect([res.statusCode, res.headers['content-length']]).toEqual([200, String(KIB_64)]);
      expect(await contentOf(res)).toHaveLength(0);
    },
  ],
  [
    'gets a 204, and a 304, on one connection',
    async (url) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      onTestFinished(() => agent.destroy());
      const nothing = await ask(`${url}/nothing`, { agent });
      expect([nothing.statusCode, await contentOf(nothing)]).toEqual([204, Buffer.alloc(0)]);
      const same = await ask(`${url}/bytes/100`, { agent, headers: { 'If-None-Match': '"100"' } });
      expect([same.statusCode, same.headers.etag, await contentOf(same)]).toEqual([
        304,
        '"100"',
        Buffer.alloc(0),
      ]);
      expect(same.socket).toBe(nothing.socket);
    },
  ],
  [
    'gets a range',
    async (url) => {
      const res = await ask(`${url}/bytes/100`, { headers: { Range: 'bytes=10-19' } });
      expect([res.statusCode, res.headers['content-range']]).toEqual([206, 'bytes 10-19/100']);
      expect(await contentOf(res)).toEqual(bytesOf(100).subarray(10, 20));
    },
  ],
  [
    'waits for 100 before it posts',
    async (url) => {
      const req = request(`${url}/echo`, {
        agent: false,
        method: 'POST',
        headers: { Expect: '100-continue', 'Content-Length': 1000 },
      });
      const answered = once(req, 'response');
      req.flushHeaders();
      await once(req, 'continue');
      req.end(bytesOf(1000));
      const [res] = (await answered) as [IncomingMessage];
      expectEcho(String(await contentOf(res)), 'POST', 1000);
    },
  ],
  [
    'asks a hundred times over four connections',
    async (url) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 4 });
      onTestFinished(() => agent.destroy());
      const one = async (size: number): Promise<void> =>
        expectBytes(await contentOf(await ask(`${url}/bytes/${size}`, { agent })), size);
      await Promise.all(Array.from({ length: 100 }, (_, i) => one(i * 50)));
    },
  ],
];
