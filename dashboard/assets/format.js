/** Numbers and times as people read them. What is missing is a dash. */

export const MISSING = '–';

/** @typedef {number | null | undefined} Maybe */

/** Reports may hold anything where this version knows no field, so numbers are asked for their type.
 * @param {unknown} value
 * @returns {value is number}
 */
export const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** @param {Maybe} value */
export const count = (value) => (isNumber(value) ? whole.format(value).replaceAll(',', '\u202f') : MISSING);

/** Three digits that matter: 0.042, 1.25, 12.5, 125; a whole number as it is.
 * @param {Maybe} value
 */
export const decimal = (value) => {
  if (!isNumber(value)) return MISSING;
  const size = Math.abs(value);
  if (size >= 100) return count(value);
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(size >= 10 ? 1 : size >= 0.1 ? 2 : 3);
};

/** A mean of small counts: 3.2, 4. @param {number} value */
export const mean = (value) => String(Number(value.toFixed(1)));

/** @param {Maybe} fraction 0..1 */
export const percent = (fraction) => {
  if (!isNumber(fraction)) return MISSING;
  const hundredths = fraction * 100;
  return `${hundredths > 0 && hundredths < 1 ? hundredths.toFixed(1) : hundredths.toFixed(0)}\u202f%`;
};

/** @param {Maybe} bytes */
export const bytes = (bytes) => {
  if (!isNumber(bytes)) return MISSING;
  if (bytes >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(1)}\u202fGiB`;
  if (bytes >= 2 ** 20) return `${(bytes / 2 ** 20).toFixed(0)}\u202fMiB`;
  return `${(bytes / 1024).toFixed(0)}\u202fKiB`;
};

/** A time that something takes.
 * @param {Maybe} ms
 */
export const millis = (ms) => {
  if (!isNumber(ms)) return MISSING;
  return ms < 1000 ? `${decimal(ms)}\u202fms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)}\u202fs`;
};

/** How long ago something was: `0.4 s`, `12 s`, `5 min`, `3 h`.
 * @param {Maybe} ms
 */
export const age = (ms) => {
  if (!isNumber(ms)) return MISSING;
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)}\u202fs`;
  if (seconds < 100) return `${seconds.toFixed(0)}\u202fs`;
  if (seconds < 6000) return `${Math.round(seconds / 60)}\u202fmin`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)}\u202fh`;
  return `${Math.round(seconds / 86_400)}\u202fdays`;
};

/** `1 server`, `3 servers`.
 * @param {number} number
 * @param {string} noun
 */
export const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
