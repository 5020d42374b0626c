/** Numbers and times as people read them. What is missing is a dash. */

export const MISSING = '–';

/** Thin, and no place to break a line: between a number and its unit. */
const GAP = '\u202f';

/** Reports may hold anything where this version knows no field, so numbers are asked for their type. */
export const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value);

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** `12 345` */
export const count = (value: unknown): string =>
  isNumber(value) ? whole.format(value).replaceAll(',', GAP) : MISSING;

/** Three digits that matter: 0.042, 1.25, 12.5, 125; a whole number as it is. */
export const decimal = (value: unknown): string => {
  if (!isNumber(value)) return MISSING;
  const size = Math.abs(value);
  if (size >= 100) return count(value);
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(size >= 10 ? 1 : size >= 0.1 ? 2 : 3);
};

/** At most two digits behind the point: 0.07, 1.25, 12.5, 125. */
export const hundredths = (value: unknown): string =>
  isNumber(value) && Math.abs(value) < 1 ? String(Number(value.toFixed(2))) : decimal(value);

/** A mean of small counts, or a rate: 3.2, 4, 1 204. */
export const mean = (value: unknown): string => {
  if (!isNumber(value)) return MISSING;
  return value >= 100 ? count(value) : String(Number(value.toFixed(1)));
};

/** `fraction`: 0..1 */
export const percent = (fraction: unknown): string => {
  if (!isNumber(fraction)) return MISSING;
  const hundredths = fraction * 100;
  return `${hundredths > 0 && hundredths < 1 ? hundredths.toFixed(1) : hundredths.toFixed(0)}${GAP}%`;
};

const BYTE_UNITS = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `512 B`, `38 KiB`, `5.1 GiB` */
export const bytes = (value: unknown): string => {
  if (!isNumber(value)) return MISSING;
  if (value < 1024) return `${Math.round(value)}${GAP}B`;
  let size = value / 1024;
  let unit = 0;
  while (size >= 1024 && unit < BYTE_UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${size.toFixed(unit >= 2 && size < 100 ? 1 : 0)}${GAP}${BYTE_UNITS[unit] ?? ''}`;
};

/** A time that something takes, from ms. */
export const millis = (ms: unknown): string => {
  if (!isNumber(ms)) return MISSING;
  return ms < 1000 ? `${decimal(ms)}${GAP}ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)}${GAP}s`;
};

/** How long ago something was, from ms: `0.4 s`, `12 s`, `5 min`, `3 h`. */
export const age = (ms: unknown): string => {
  if (!isNumber(ms)) return MISSING;
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)}${GAP}s`;
  if (seconds < 100) return `${seconds.toFixed(0)}${GAP}s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)}${GAP}min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)}${GAP}h`;
  return `${Math.round(seconds / 86_400)}${GAP}days`;
};

/** How far a clock is ahead or behind, from ms. */
export const clockOffset = (ms: unknown): string => {
  if (!isNumber(ms)) return MISSING;
  const size = Math.abs(ms);
  return `${ms < 0 ? '−' : '+'}${size < 1000 ? millis(size) : age(size)}`;
};

/** `1 server`, `3 servers` */
export const plural = (number: number, noun: string): string =>
  `${count(number)} ${noun}${number === 1 ? '' : 's'}`;

const timeOnly = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const dayAndTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

const DAY_MS = 86_400_000;

/** `14:03:07` on the reader's clock, from epoch ms. */
export const timeOfDay = (at: number): string => timeOnly.format(at);

/** An epoch time on the reader's clock: without the day while it is less than a day before `now`. */
export const localTime = (at: number, now: number): string => {
  if (!isNumber(at) || Math.abs(at) > 8.64e15) return MISSING;
  return (now - at < DAY_MS ? timeOnly : dayAndTime).format(at);
};

/** The same for tooltips, in UTC: `2026-03-01 12:00:00 UTC`. */
export const utcTime = (at: number): string =>
  isNumber(at) && Math.abs(at) <= 8.64e15
    ? `${new Date(at).toISOString().replace('T', ' ').slice(0, 19)} UTC`
    : '';

/** Code words as words: `bad_result` is `bad result`. */
export const words = (code: unknown): string => String(code).replaceAll('_', ' ');
