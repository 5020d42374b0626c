import { constants, deflateRawSync } from 'node:zlib';

/**
 * The fixed head of a gzip stream (RFC 1952, 2.3): deflate, no name, no time. What follows is deflate blocks that are each
 * made alone and end at a byte, so the same blocks serve every viewer. (Browsers stop reading after the first of several whole
 * gzip streams, so those would not do.) The sum at the end never comes: a feed is cut off, not ended.
 */
export const GZIP_HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** Level 6 takes twice the time and saves an eighth. */
const LEVEL = 1;

/** One message of a feed as bytes, made once for all viewers. */
export class Message {
  readonly plain: Buffer;
  #deflated: Buffer | undefined = undefined;

  /** `text`: whole lines with the empty one that ends the message. */
  constructor(text: string) {
    this.plain = Buffer.from(text);
  }

  /** For viewers that take gzip. */
  get deflated(): Buffer {
    this.#deflated ??= deflateRawSync(this.plain, { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH });
    return this.#deflated;
  }
}

/** An event with a name. `data`: JSON, which has no line breaks of its own. */
export const eventMessage = (name: string, data: string, id?: number): Message =>
  new Message(`event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`);
