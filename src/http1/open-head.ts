import { SP } from './byte-tables.ts';
import { CONTENT_LENGTH } from './field-kind.ts';
import { isPlainFraming } from './framing-fields.ts';
import type { ResponseHead } from './response-head.ts';

/** Length of `HTTP/1.1`, a space and the three digits of the status. */
const STATUS_END = 12;
/** Offset of the minor version in a status line. */
const MINOR = 7;

/** The status line is `HTTP/1.x SSS reason`, and no field has to be written anew. */
const isPlain = (head: ResponseHead, bytes: Buffer, drop: Uint8Array): boolean => {
  if (bytes[head.start + STATUS_END] !== SP) return false;
  if (head.contentLength < 0 || drop[CONTENT_LENGTH] === 1) return true;
  const { kinds, count, at } = head.fields;
  for (let i = 0; i < count; i++) {
    if (kinds[i] !== CONTENT_LENGTH) continue;
    const lineEnd = i + 1 < count ? (at[4 * i + 4] as number) : head.end - 2;
    return isPlainFraming(head.fields, bytes, i, lineEnd);
  }
  return true;
};

/** Moves the lines that stay together, up to where they end, so that no gap is left. Gives by how much. */
const closeGaps = ({ fields, fieldsStart, end }: ResponseHead, bytes: Buffer, drop: Uint8Array): number => {
  const { kinds, count, at } = fields;
  let shift = 0;
  let runEnd = end;
  for (let i = count - 1; i >= 0; i--) {
    if (drop[kinds[i] as number] !== 1) continue;
    const start = at[4 * i] as number;
    const lineEnd = i + 1 < count ? (at[4 * i + 4] as number) : end - 2;
    if (shift > 0) bytes.copyWithin(lineEnd + shift, lineEnd, runEnd);
    shift += lineEnd - start;
    runEnd = start;
  }
  if (shift > 0) bytes.copyWithin(fieldsStart + shift, fieldsStart, runEnd);
  return shift;
};

/**
 * Edits the head of a response where it stands, so that it still ends right before the body: takes out the field lines
 * whose kind is in `drop` (`drop[kind] === 1`), and leaves `room` bytes behind the status line for other lines. Writes
 * before the head, but not before `floor`. Gives the new start of the head, or -1, with nothing changed, for a head
 * that this cannot be done to; `copyResponseHead` can. The room begins `head.fieldsStart - head.start` behind the start.
 */
export const openResponseHead = (
  head: ResponseHead,
  bytes: Buffer,
  drop: Uint8Array,
  room: number,
  floor: number,
): number => {
  if (head.start - room < floor || !isPlain(head, bytes, drop)) return -1;
  const { start, fieldsStart } = head;
  const shift = closeGaps(head, bytes, drop);
  const newStart = start + shift - room;
  bytes.copyWithin(newStart, start, fieldsStart);
  bytes[newStart + MINOR] = 0x31;
  return newStart;
};
