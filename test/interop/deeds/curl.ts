import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { bytesOf } from '../origin.ts';
import { hasProgram, PROGRAM_ENV } from '../run-program.ts';
import { type Deed, expectBytes, expectEcho, KIB_64, SIZES } from './deed.ts';

export const hasCurl = hasProgram('curl', '--version');

const curl = (...args: readonly string[]): Promise<{ readonly out: Buffer; readonly said: string }> =>
  new Promise((resolve, reject) => {
    const options = { encoding: 'buffer', env: PROGRAM_ENV, maxBuffer: 64 * 1024 * 1024 } as const;
    execFile('curl', ['-sS', '--max-time', '15', ...args], options, (error, out, said) =>
      error ? reject(error) : resolve({ out, said: said.toString('latin1') }),
    );
  });

const fileOf = (bytes: Buffer): string => {
  const folder = mkdtempSync(join(tmpdir(), 'forehand-curl-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'content'), bytes);
  return join(folder, 'content');
};

export const CURL_DEEDS: readonly Deed[] = [
  ...SIZES.flatMap(([name, size]): readonly Deed[] => [
    [`gets ${name}`, async (url) => expectBytes((await curl(`${url}/bytes/${size}`)).out, size)],
    [`gets ${name} in chunks`, async (url) => expectBytes((await curl(`${url}/chunks/${size}`)).out, size)],
    [
      `posts ${name}`,
      async (url) => {
        const { out } = await curl('--data-binary', `@${fileOf(bytesOf(size))}`, `${url}/echo`);
        expectEcho(out.toString(), 'POST', size);
      },
    ],
    [
      `puts ${name} in chunks`,
      async (url) => {
        const chunked = ['-H', 'Transfer-Encoding: chunked', '-T', fileOf(bytesOf(size))];
        expectEcho((await curl(...chunked, `${url}/echo`)).out.toString(), 'PUT', size);
      },
    ],
  ]),
  [
    'asks by HEAD',
    async (url) => {
      const head = (await curl('-I', `${url}/bytes/${KIB_64}`)).out.toString();
      expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(head).toMatch(/\r\nContent-Length: 65536\r\n/i);
    },
  ],
  [
    'gets a 204',
    async (url) => {
      const text = (await curl('-i', `${url}/nothing`)).out.toString();
      expect(text).toMatch(/^HTTP\/1\.1 204 [\s\S]*\r\n\r\n$/);
    },
  ],
  [
    'gets a 304',
    async (url) => {
      const text = (await curl('-i', '-H', 'If-None-Match: "100"', `${url}/bytes/100`)).out.toString();
      expect(text).toMatch(/^HTTP\/1\.1 304 [\s\S]*\r\n\r\n$/);
      expect(text).toMatch(/\r\nETag: "100"\r\n/i);
    },
  ],
  [
    'gets a range',
    async (url) => {
      const { out } = await curl('-r', '1000-1999', `${url}/bytes/${KIB_64}`);
      expect(out.equals(bytesOf(KIB_64).subarray(1000, 2000))).toBe(true);
    },
  ],
  [
    'keeps its connection',
    async (url) => {
      const one = `${url}/bytes/10`;
      const { out } = await curl(
        '-o',
        '/dev/null',
        '-o',
        '/dev/null',
        '-o',
        '/dev/null',
        '-w',
        '%{num_connects} ',
        one,
        one,
        one,
      );
      expect(out.toString()).toBe('1 0 0 ');
    },
  ],
  [
    'waits for 100 before it posts',
    async (url) => {
      const waits = ['-v', '--expect100-timeout', '10', '-H', 'Expect: 100-continue'];
      const { out, said } = await curl(...waits, '--data-binary', `@${fileOf(bytesOf(1000))}`, `${url}/echo`);
      expect(said).toMatch(/< HTTP\/1\.1 100 Continue\r\n/);
      expectEcho(out.toString(), 'POST', 1000);
    },
  ],
  [
    'speaks HTTP/1.0 and gets what came in chunks',
    async (url) => {
      const { out, said } = await curl('-v', '-0', `${url}/chunks/${KIB_64}`);
      expectBytes(out, KIB_64);
      expect(said).not.toMatch(/< transfer-encoding/i);
    },
  ],
];
