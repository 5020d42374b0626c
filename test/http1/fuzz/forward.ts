import { BodyScanner, requestBody, responseBody, UNTIL_CLOSE } from '../../../src/http1/body.ts';
import { copyRequestHead, copyResponseHead } from '../../../src/http1/copy-head.ts';
import {
  CONNECTION,
  CONTENT_LENGTH,
  HOST,
  KEEP_ALIVE,
  KINDS,
  NOMINATED,
  TRANSFER_ENCODING,
  UPGRADE,
} from '../../../src/http1/field-kind.ts';
import type { FieldTable } from '../../../src/http1/field-table.ts';
import { RequestHead, scanRequestHead } from '../../../src/http1/request-head.ts';
import { ResponseHead, scanResponseHead } from '../../../src/http1/response-head.ts';

/** What a proxy makes of bytes with the scanners of src/http1. */
export interface Forwarded {
  /** Of the head: its end, 0, or below 0. */
  readonly result: number;
  /** Why the head or the body was refused. */
  readonly fault: string;
  readonly isComplete: boolean;
  /** The message ends when the connection is closed. */
  readonly isUntilClose: boolean;
  /** What follows is no HTTP. */
  readonly isSwitch: boolean;
  /** What goes on: the head without hop-by-hop fields, and the body. */
  readonly sent: Buffer;
  /** The content without framing. */
  readonly content: Buffer;
  /** Name and value in turn of the fields that go on, without Host and framing. */
  readonly fields: readonly string[];
}

export const LIMITS = { bytes: 16_384, count: 100, target: 8_192 };
const LINE_END = Buffer.from('\r\n');
const EMPTY = Buffer.alloc(0);

const DROP = new Uint8Array(KINDS);
for (const kind of [CONNECTION, KEEP_ALIVE, NOMINATED, UPGRADE]) DROP[kind] = 1;
const WRITTEN_ANEW: readonly number[] = [HOST, CONTENT_LENGTH, TRANSFER_ENCODING];

const refused = (result: number, fault: string): Forwarded => ({
  result,
  fault,
  isComplete: false,
  isUntilClose: false,
  isSwitch: false,
  sent: EMPTY,
  content: EMPTY,
  fields: [],
});

const fieldsOf = (table: FieldTable, bytes: Buffer): readonly string[] => {
  const fields: string[] = [];
  for (let i = 0; i < table.count; i++) {
    const kind = table.kinds[i] ?? 0;
    if (DROP[kind] === 1 || WRITTEN_ANEW.includes(kind)) continue;
    const [name, nameEnd, value, valueEnd] = table.at.subarray(4 * i, 4 * i + 4);
    fields.push(bytes.toString('latin1', name, nameEnd), bytes.toString('latin1', value, valueEnd));
  }
  return fields;
};

/** A body in pieces: what goes on, what its content is, whether it is faulty or complete. */
export const bodyInPieces = (
  bytes: Buffer,
  start: number,
  cuts: readonly number[],
  mode: number,
  length: number,
): Pick<Forwarded, 'fault' | 'isComplete' | 'sent' | 'content'> & { readonly used: number } => {
  const [scanner, unwrapper] = [new BodyScanner(), new BodyScanner()];
  scanner.begin(mode, length);
  unwrapper.begin(mode, length, true);
  const [sent, content]: [Buffer[], Buffer[]] = [[], []];
  let at = start;
  for (const cut of [...cuts, bytes.length]) {
    // A piece is a buffer of its own and is overwritten afterwards, as a receive buffer is.
    const piece = Buffer.from(bytes.subarray(at, cut));
    const end = scanner.take(piece, 0, piece.length);
    unwrapper.take(piece, 0, piece.length);
    if (end < 0) break;
    sent.push(Buffer.from(scanner.replacement ?? piece.subarray(0, end)));
    content.push(Buffer.from(unwrapper.replacement ?? piece.subarray(0, end)));
    piece.fill(0x58);
    at += end;
    if (scanner.done || at < cut) break;
  }
  return {
    fault: scanner.fault,
    isComplete: scanner.done,
    sent: Buffer.concat(sent),
    content: Buffer.concat(content),
    used: at,
  };
};

const withBody = (
  head: RequestHead | ResponseHead,
  bytes: Buffer,
  copied: Buffer,
  mode: number,
  isSwitch: boolean,
): Forwarded => {
  const body = bodyInPieces(bytes, head.end, [], mode, head.contentLength);
  return {
    result: head.end,
    fault: body.fault,
    isComplete: body.isComplete || mode === UNTIL_CLOSE,
    isUntilClose: mode === UNTIL_CLOSE,
    isSwitch,
    sent: Buffer.concat([copied, LINE_END, body.sent]),
    content: body.content,
    fields: fieldsOf(head.fields, bytes),
  };
};

/** Forwards the first request of some bytes. */
export const forwardRequest = (bytes: Buffer): Forwarded => {
  const head = new RequestHead();
  const end = scanRequestHead(head, bytes, 0, bytes.length, LIMITS);
  if (end <= 0) return refused(end, head.fault);
  const out = Buffer.alloc(bytes.length + 256);
  const copied = out.subarray(0, copyRequestHead(head, bytes, out, 0, DROP));
  return withBody(head, bytes, copied, requestBody(head), false);
};

/** Forwards the first response of some bytes. */
export const forwardResponse = (bytes: Buffer, isHead: boolean): Forwarded => {
  const head = new ResponseHead();
  const end = scanResponseHead(head, bytes, 0, bytes.length, LIMITS);
  if (end <= 0) return refused(end, head.fault);
  const out = Buffer.alloc(bytes.length + 256);
  const copied = out.subarray(0, copyResponseHead(head, bytes, out, 0, DROP));
  return withBody(head, bytes, copied, responseBody(head, isHead), head.status === 101);
};
