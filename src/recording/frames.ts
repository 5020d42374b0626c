import { crc32 } from 'node:zlib';

/** What a trace file begins with; the digit is the version of the format. */
export const MAGIC = Buffer.from('FHTRACE1');
/** Kind, length of what follows, its CRC-32. */
export const FRAME_HEAD = 12;
/** Nothing that is written is longer; a length beyond it is damage. */
export const MAX_FRAME = 256 * 1024 * 1024;

export const FRAME = { checkpoint: 0x504b_4843, events: 0x5354_4e45 } as const;

export type FrameKind = keyof typeof FRAME;

/** The head of a frame with this content. */
export const frameHead = (kind: FrameKind, content: Buffer): Buffer => {
  const head = Buffer.allocUnsafe(FRAME_HEAD);
  head.writeUInt32LE(FRAME[kind], 0);
  head.writeUInt32LE(content.length, 4);
  head.writeUInt32LE(crc32(content), 8);
  return head;
};

export interface FrameHead {
  readonly kind: FrameKind;
  readonly length: number;
  readonly sum: number;
}

/** Reads a head; undefined for bytes that are none. */
export const readFrameHead = (head: Buffer): FrameHead | undefined => {
  const code = head.readUInt32LE(0);
  const kind = code === FRAME.events ? 'events' : code === FRAME.checkpoint ? 'checkpoint' : undefined;
  const length = head.readUInt32LE(4);
  return kind && length <= MAX_FRAME ? { kind, length, sum: head.readUInt32LE(8) } : undefined;
};

/** Whether the content is what was written. */
export const isWhole = (content: Buffer, sum: number): boolean => crc32(content) === sum;
