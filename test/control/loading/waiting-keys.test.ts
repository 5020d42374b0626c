import { expect, it } from 'vitest';
import { readConfig } from '../../../src/config/read.ts';
import type { Config } from '../../../src/config/schema/schema.ts';
import { waitingKeys, waitingSinceStart } from '../../../src/control/loading/waiting-keys.ts';
import { aCertificate } from '../../support/a-certificate.ts';

const made = aCertificate();
const renewed = aCertificate();
const FILES: Readonly<Record<string, string>> = {
  'a.crt': made.cert,
  'a.key': made.key,
  'b.crt': renewed.cert,
  'b.key': renewed.key,
  keys: Buffer.alloc(48, 1).toString('base64'),
  'other-keys': Buffer.alloc(48, 2).toString('base64'),
};
const A = { cert: 'a.crt', key: 'a.key' };
const B = { cert: 'b.crt', key: 'b.key' };

const read = async (given: object): Promise<Config> => {
  const value = { pools: { web: { servers: ['http://127.0.0.1:1'] } }, ...given };
  const readFile = async (path: string): Promise<string> => FILES[path.split('/').at(-1) ?? ''] ?? '';
  return (await readConfig({ value }, { env: {}, readFile })).config;
};

const listener = (tls: object | undefined, more: object = {}): object => ({
  listen: { address: '127.0.0.1:8443', ...(tls ? { tls } : {}), ...more },
});

it.each([
  ['what is done with traces', { tracing: { create: true } }, { tracing: { sample: 1 } }, []],
  ['the spans of traces', {}, { tracing: { spans: true } }, ['tracing']],
  ['what sets up traces', { tracing: { module: 'a.mjs' } }, { tracing: { module: 'b.mjs' } }, ['tracing']],
  ['nothing', listener({ certificates: [A] }), listener({ certificates: [A] }), []],
  ['a certificate', listener({ certificates: [A] }), listener({ certificates: [B] }), []],
  ['one more certificate', listener({ certificates: [A] }), listener({ certificates: [A, B] }), []],
  ['ticket keys', listener({ certificates: [A] }), listener({ certificates: [A], ticketKeys: 'keys' }), []],
  [
    'other ticket keys',
    listener({ certificates: [A], ticketKeys: 'keys' }),
    listener({ certificates: [A], ticketKeys: 'other-keys' }),
    [],
  ],
  [
    'other authorities for clients',
    listener({ certificates: [A], clientCa: 'a.crt' }),
    listener({ certificates: [A], clientCa: 'b.crt' }),
    [],
  ],
  [
    'authorities for clients where there were none',
    listener({ certificates: [A] }),
    listener({ certificates: [A], clientCa: 'b.crt' }),
    ['listen'],
  ],
  ['TLS', listener(undefined), listener({ certificates: [A] }), ['listen']],
  ['HTTP/2', listener({ certificates: [A] }), listener({ certificates: [A] }, { http2: true }), ['listen']],
  ['the certificate of the admin listener', { adminTls: A }, { adminTls: B }, []],
  ['TLS of the admin listener', {}, { adminTls: A }, ['adminTls']],
  [
    'who may use the admin listener',
    { adminTls: A, adminAuth: { certificates: { ca: 'a.crt' } } },
    { adminTls: A, adminAuth: { certificates: { ca: 'b.crt' }, proxy: { from: ['10.0.0.1'] } } },
    [],
  ],
  [
    'whether certificates are asked for',
    { adminTls: A, adminAuth: { proxy: { from: ['10.0.0.1'] } } },
    { adminTls: A, adminAuth: { certificates: { ca: 'b.crt' } } },
    ['adminTls'],
  ],
  [
    'console, account and pid file',
    {},
    { console: 'unix:/a.sock', user: 'a', group: 'b', pidFile: 'c' },
    ['console', 'user', 'group', 'pidFile'],
  ],
  ['an address', { listen: '127.0.0.1:1' }, { listen: '127.0.0.1:2' }, ['listen']],
  ['the transport', { transport: 'raw' }, { transport: 'net' }, ['transport']],
  ['workers and log', { workers: 1 }, { workers: 2, log: { level: 'debug' } }, ['workers', 'log']],
  ['timeouts', {}, { timeouts: { connect: '1s' } }, []],
] as const)('%s: says what waits for a restart', async (_, running, wanted, keys) => {
  expect(waitingKeys(await read(running), await read(wanted))).toEqual(keys);
});

it('goes on saying what waits, until it is again as at the start', async () => {
  const [first, second] = [await read({}), await read({ workers: 2 })];
  const waiting = waitingSinceStart();
  expect(waiting(first, second)).toEqual(['workers']);
  expect(waiting(second, second)).toEqual(['workers']);
  expect(waiting(second, first)).toEqual([]);
});
