import type { ServerView } from '../../../src/control/views/views.ts';

const COLUMNS = [
  'pool',
  'id',
  'url',
  'state',
  'reason',
  'node',
  'ageMs',
  'load1',
  'cpuIdle',
  'memoryAvailable',
  'memoryTotal',
  'arriba',
  'inFlight',
  'reportedInFlight',
  'latencyMs',
  'responseTimeMs',
  'forwarded',
  'failures',
  'weight',
  'share',
] as const satisfies readonly (keyof ServerView)[];

/** A spreadsheet would run a text that begins like a formula: an apostrophe makes it text. */
const harmless = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

const cell = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = harmless(String(value));
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** The servers as comma-separated values (RFC 4180) with a head; what is not known is empty. */
export const csvOf = (servers: readonly ServerView[]): string =>
  [COLUMNS.join(','), ...servers.map((server) => COLUMNS.map((name) => cell(server[name])).join(','))]
    .map((line) => `${line}\r\n`)
    .join('');
