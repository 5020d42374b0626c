import { expect } from 'vitest';
import { bytesOf } from '../origin.ts';
import { chunksOf, type Deed, expectBytes, expectEcho, SIZES } from './deed.ts';

export const FETCH_DEEDS: readonly Deed[] = [
  ...SIZES.flatMap(([name, size]): readonly Deed[] => [
    [
      `gets ${name}`,
      async (url) =>
        expectBytes(new Uint8Array(await (await fetch(`${url}/bytes/${size}`)).arrayBuffer()), size),
    ],
    [
      `posts ${name}`,
      async (url) => {
        const res = await fetch(`${url}/echo`, { method: 'POST', body: new Uint8Array(bytesOf(size)) });
        expectEcho(await res.text(), 'POST', size);
      },
    ],
    [
      `posts a stream of ${name}`,
      async (url) => {
        const body = ReadableStream.from(chunksOf(bytesOf(size)));
        const res = await fetch(`${url}/echo`, { method: 'POST', body, duplex: 'half' } as RequestInit);
        expectEcho(await res.text(), 'POST', size);
      },
    ],
  ]),
  [
    'asks by HEAD, gets a 204 and a 304',
    async (url) => {
      const head = await fetch(`${url}/bytes/100`, { method: 'HEAD' });
      expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '100', '']);
      expect((await fetch(`${url}/nothing`)).status).toBe(204);
      expect((await fetch(`${url}/bytes/100`, { headers: { 'If-None-Match': '"100"' } })).status).toBe(304);
    },
  ],
];
