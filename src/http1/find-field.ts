import { COLON, HTAB, LF, SP } from './byte-tables.ts';

const isBlank = (byte: number): boolean => byte === SP || byte === HTAB;

const valueText = (bytes: Buffer, from: number, to: number): string => {
  let [start, end] = [from, to];
  while (start < end && isBlank(bytes[start] as number)) start++;
  while (end > start && isBlank(bytes[end - 1] as number)) end--;
  return bytes.toString('latin1', start, end);
};

const lowerCase = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte);

/** Whether `bytes` have this lower-case name from `start` on; what stands behind it is not looked at. */
export const hasFieldName = (bytes: Uint8Array, start: number, lowerName: string): boolean => {
  for (let i = 0; i < lowerName.length; i++)
    if (lowerCase(bytes[start + i] as number) !== lowerName.charCodeAt(i)) return false;
  return true;
};

const isNamed = (bytes: Buffer, start: number, lowerName: string): boolean =>
  bytes[start + lowerName.length] === COLON && hasFieldName(bytes, start, lowerName);

/**
 * The values of all fields with this lower-case name, in order, without the blanks around them, one character a byte.
 * `bytes[from, to)` are whole field lines as the head scanners let through, with or without the empty line behind them.
 */
export const findFieldValues = (
  bytes: Buffer,
  from: number,
  to: number,
  lowerName: string,
): readonly string[] => {
  const values: string[] = [];
  let line = from;
  while (line < to) {
    const end = bytes.indexOf(LF, line) + 1;
    if (end === 0) break;
    const value = line + lowerName.length + 1;
    if (value <= end - 2 && isNamed(bytes, line, lowerName)) values.push(valueText(bytes, value, end - 2));
    line = end;
  }
  return values;
};
