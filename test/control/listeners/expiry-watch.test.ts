import { afterEach, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/read.ts';
import type { Config } from '../../../src/config/schema/schema.ts';
import { EventLog } from '../../../src/control/events/events.ts';
import { ExpiryWatch } from '../../../src/control/listeners/expiry-watch.ts';
import { type Log, silentLog } from '../../../src/control/logs/log.ts';
import { aCertificate } from '../../support/a-certificate.ts';

const DAY_MS = 24 * 3_600_000;
const END = Date.parse('2089-06-30T12:00:00Z');
const LATER = Date.parse('2089-07-30T12:00:00Z');

const open: ExpiryWatch[] = [];
afterEach(() => {
  for (const watch of open.splice(0)) watch.close();
});

const withCertificate = async (to: number): Promise<Config> => {
  const { cert, key } = aCertificate({ to: new Date(to).toISOString() });
  const texts: Readonly<Record<string, string>> = { 'a.crt': cert, 'a.key': key };
  const value = {
    listen: { address: '127.0.0.1:8443', tls: { certificates: [{ cert: 'a.crt', key: 'a.key' }] } },
    pools: { web: { servers: ['https://127.0.0.1:1'], tls: { cert: 'a.crt', key: 'a.key' } } },
  };
  const readFile = async (path: string): Promise<string> => texts[path.split('/').at(-1) ?? ''] ?? '';
  return (await readConfig({ value }, { env: {}, readFile })).config;
};

/** What was said at each of the days before the end of the first certificate. */
const saidAt = async (days: readonly number[], second?: Config): Promise<readonly string[]> => {
  let config = await withCertificate(END);
  const said: string[] = [];
  const note =
    (level: string) =>
    (message: string): void =>
      void said.push(`${level}: ${message}`);
  const log: Log = { ...silentLog, warn: note('warn'), error: note('error') };
  let now = END - (days[0] ?? 0) * DAY_MS;
  const clock = (): number => now;
  const watch = new ExpiryWatch(() => config, new EventLog(log, clock), clock);
  open.push(watch);
  for (const left of days.slice(1)) {
    now = END - left * DAY_MS;
    watch.look();
  }
  if (second) {
    config = second;
    watch.look();
  }
  return said;
};

it('tells of a certificate 21, 7 and 1 days before its end, and of its end, once each', async () => {
  expect(await saidAt([30, 22, 20.9, 20, 8, 6.9, 6.8, 2, 0.9, 0.1, -0.1, -5])).toEqual([
    'warn: the certificate in a.crt expires within 21 days: 2089-06-30',
    'warn: the certificate in a.crt expires within 7 days: 2089-06-30',
    'error: the certificate in a.crt expires within 1 day: 2089-06-30',
    'error: the certificate in a.crt has expired: 2089-06-30',
  ]);
});

it('says nothing of marks that were passed when it was loaded: the configuration warned then', async () => {
  expect(await saidAt([5, 4, 2])).toEqual([]);
});

it('says nothing of a certificate that has been renewed', async () => {
  expect(await saidAt([22, 21.5], await withCertificate(LATER))).toEqual([]);
});

it('tells of a renewed one by its own end', async () => {
  expect(await saidAt([22, -20], await withCertificate(LATER))).toEqual([
    'error: the certificate in a.crt has expired: 2089-06-30',
  ]);
});
