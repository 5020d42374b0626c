import { connectRaw, type RawClient } from './raw-client.ts';

/** Types of frames (RFC 9113, 6). */
export const DATA = 0;
export const HEADERS = 1;
export const PRIORITY = 2;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const PING = 6;
export const GOAWAY = 7;
export const WINDOW_UPDATE = 8;
export const CONTINUATION = 9;

export const END_STREAM = 1;
export const END_HEADERS = 4;
/** Of SETTINGS and PING. */
export const ACK = 1;

export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

export const PROTOCOL_ERROR = 1;
export const INTERNAL_ERROR = 2;
export const CANCEL = 8;
export const ENHANCE_YOUR_CALM = 11;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** One frame as bytes. */
export const frame = (type: number, flags: number, stream: number, payload: Buffer | string = ''): Buffer => {
  const bytes = Buffer.from(payload as string, 'latin1');
  const head = Buffer.alloc(9);
  head.writeUIntBE(bytes.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, bytes]);
};

/** A number with a prefix of seven bits (RFC 7541, 5.1). */
const integer = (value: number): Buffer => {
  if (value < 127) return Buffer.from([value]);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push(128 + (rest % 128));
  return Buffer.from([...bytes, rest]);
};

const text = (value: string): Buffer => Buffer.concat([integer(value.length), Buffer.from(value, 'latin1')]);

/** Fields as they go into a HEADERS frame: each a literal of its own, no table, no Huffman, nothing checked. */
export const block = (fields: readonly (readonly [name: string, value: string])[]): Buffer =>
  Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));

/** The pseudo-fields of a request, some of them changed. */
export const pseudo = (
  changed: Readonly<Partial<Record<':method' | ':scheme' | ':authority' | ':path', string>>> = {},
): readonly (readonly [string, string])[] =>
  Object.entries({
    ':method': 'GET',
    ':scheme': 'http',
    ':authority': 'a.example',
    ':path': '/',
    ...changed,
  });

/** A HEADERS frame that is a whole field section. */
export const headers = (
  stream: number,
  fields: readonly (readonly [string, string])[],
  flags: number = END_STREAM,
): Buffer => frame(HEADERS, flags | END_HEADERS, stream, block(fields));

export const reset = (stream: number, code = CANCEL): Buffer => {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(code);
  return frame(RST_STREAM, 0, stream, payload);
};

/** What begins every connection of a client. */
export const hello = (): Buffer => Buffer.concat([Buffer.from(PREFACE, 'latin1'), frame(SETTINGS, 0, 0)]);

/** The frames in what was heard, as far as they are whole. */
export const framesIn = (heard: string): readonly Frame[] => {
  const bytes = Buffer.from(heard, 'latin1');
  const frames: Frame[] = [];
  for (let at = 0; at + 9 <= bytes.length; ) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    if (end > bytes.length) break;
    const [type = 0, flags = 0] = bytes.subarray(at + 3);
    frames.push({ type, flags, stream: bytes.readUInt32BE(at + 5), payload: bytes.subarray(at + 9, end) });
    at = end;
  }
  return frames;
};

/** The code of the GOAWAY that was heard; undefined for none. */
export const goawayIn = (heard: string): number | undefined =>
  framesIn(heard)
    .find(({ type }) => type === GOAWAY)
    ?.payload.readUInt32BE(4);

/** The code with which a stream was reset; undefined if it was not. */
export const resetIn = (heard: string, stream: number): number | undefined =>
  framesIn(heard)
    .find((one) => one.type === RST_STREAM && one.stream === stream)
    ?.payload.readUInt32BE(0);

/** A raw client that has said hello. Its frames are heard in `heard()`. */
export const connectFrames = async (port: number): Promise<RawClient> => {
  const client = await connectRaw(port);
  client.send(hello());
  return client;
};
