/** Durations and sizes as people write them. Apart from the readers of options, so that an agent needs no schema library. */

/** A number and `ms`, `s`, `m` or `h`. */
export const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
const MILLIS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
/** A number and `B`, `KiB`, `MiB` or `GiB`. */
export const SIZE = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)$/;
const BYTES = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

/** Longest duration: what a timer can wait for (2^31 - 1 ms, 24.8 days). A longer one would fire at once. */
const MAX_DURATION = 2_147_483_647;

/** Milliseconds of `250ms`, `2s`, `5m`, `1.5h`, to the microsecond; undefined for anything else or above 24 days. */
export const parseDuration = (text: string): number | undefined => {
  const match = DURATION.exec(text);
  if (!match) return undefined;
  const millis = Math.round(Number(match[1]) * MILLIS[match[2] as keyof typeof MILLIS] * 1000) / 1000;
  return millis <= MAX_DURATION ? millis : undefined;
};

/** How a time that was written in words or with another unit is written here; undefined where that cannot be known. */
export const nearDuration = (text: string): string | undefined => {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|milli|s|sec|m|min|h|hr|hour|d|day)[a-z]*\.?$/i.exec(text.trim());
  if (!match) return undefined;
  const [, count, unit = ''] = match;
  const word = unit.toLowerCase();
  if (word.startsWith('d')) return `${Number(count) * 24}h`;
  return `${count}${word === 'ms' || word === 'milli' ? 'ms' : word[0]}`;
};

/** How a size that was written with another unit is written here; undefined where that cannot be known. */
export const nearSize = (text: string): string | undefined => {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)i?b?(?:yte)?s?$/i.exec(text.trim());
  if (!match) return undefined;
  const [, count, scale = ''] = match;
  return `${count}${scale === '' ? 'B' : `${scale.toUpperCase()}iB`}`;
};

/** Bytes of `512B`, `64KiB`, `2MiB`; undefined for anything else or above 8 PiB, where whole numbers end. */
export const parseSize = (text: string): number | undefined => {
  const match = SIZE.exec(text);
  if (!match) return undefined;
  const bytes = Math.round(Number(match[1]) * BYTES[match[2] as keyof typeof BYTES]);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
};

/** The shortest exact way to write a duration: 2500 is `2.5s`. */
export const formatDuration = (millis: number): string => {
  const unit = (['h', 'm', 's'] as const).find(
    (name) => millis >= MILLIS[name] && Number.isInteger((millis / MILLIS[name]) * 10),
  );
  return unit ? `${millis / MILLIS[unit]}${unit}` : `${millis}ms`;
};
