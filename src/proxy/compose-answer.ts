import { CHUNKED, UNTIL_CLOSE } from '../http1/body.ts';
import { copyResponseHead } from '../http1/copy-head.ts';
import * as kind from '../http1/field-kind.ts';
import { openResponseHead } from '../http1/open-head.ts';
import type { ResponseHead } from '../http1/response-head.ts';
import type { Exchange } from './exchange.ts';
import { dateLine } from './http-date.ts';

const CR = 13;
const LF = 10;

/** Longest head that is composed, bytes: what was received, and what we and others add. */
const SCRATCH_BYTES = 64 * 1024;
/** Heads are composed here and copied to where they belong at once. */
export let scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

/**
 * Kinds of answer fields that are not copied: those for one connection (RFC 9110, 7.6.1), those that Connection names,
 * those that are written anew, and what a server says of its load, which is for us alone.
 */
const DROPPED = [
  kind.CONNECTION,
  kind.KEEP_ALIVE,
  kind.PROXY_CONNECTION,
  kind.TE,
  kind.UPGRADE,
  kind.TRANSFER_ENCODING,
  kind.PROXY_AUTHENTICATE,
  kind.X_REQUEST_ID,
  kind.NOMINATED,
  kind.LOAD_TEXT,
  kind.LOAD_JSON,
  kind.LOAD_BINARY,
  kind.DECISION,
];

const DROPS = kind.kindTable(...DROPPED);
/** Without a length: 204 has none (RFC 9110, 8.6). */
const DROPS_WITH_LENGTH = kind.kindTable(...DROPPED, kind.CONTENT_LENGTH, kind.TRAILER);

/** Who answered, and what the chain did; for demonstrations. */
const exposed = (exchange: Exchange): string => {
  if (!exchange.settings.exposeServer) return '';
  const steps =
    exchange.record.decision?.steps.map(({ name, before, after }) => `${name} ${before}>${after}`) ?? [];
  const plain = steps.join(', ').replace(/[^\x20-\x7e]|["\\]/g, '');
  return `X-Forehand-Server: ${exchange.record.server}\r\nServer-Timing: forehand;desc="${plain}"\r\n`;
};

/** The line that says what becomes of the client's connection; HTTP/1.1 keeps it unless told otherwise. */
const connectionLine = ({ client }: Exchange): string => {
  if (!client.keep) return 'Connection: close\r\n';
  return client.minor === 0 ? 'Connection: keep-alive\r\n' : '';
};

/** What we say besides the request's id; mostly nothing. */
const moreLines = (exchange: Exchange, head: ResponseHead, mode: number, ruled: string): string => {
  const { client, settings, engine } = exchange;
  let lines = connectionLine(exchange) + ruled;
  if (!head.hasDate) lines += dateLine(engine.sweep.date);
  if (mode === CHUNKED && client.minor === 1) lines += 'Transfer-Encoding: chunked\r\n';
  if (settings.exposeServer) lines += exposed(exchange);
  return engine.parts.additions
    ? lines + (engine.parts.additions(exchange.record, exchange.record.chosen)?.response ?? '')
    : lines;
};

const ID_NAME = Buffer.from('X-Request-Id: ');

/** Writes our lines; gives the offset behind them. */
const writeOwnLines = (exchange: Exchange, lines: string, out: Buffer, from: number): number => {
  for (let i = 0; i < ID_NAME.length; i++) out[from + i] = ID_NAME[i] as number;
  let at = exchange.record.writeId(out, from + ID_NAME.length);
  out[at] = CR;
  out[at + 1] = LF;
  at += 2;
  return lines === '' ? at : at + out.write(lines, at, 'latin1');
};

const roomFor = (head: ResponseHead, more: number): void => {
  const needed = head.end - head.start + more + 256;
  if (needed > scratch.length) scratch = Buffer.allocUnsafeSlow(needed);
};

/** A head that has been edited: where it begins, in which bytes, and where it ends. */
export interface EditedHead {
  bytes: Buffer;
  start: number;
  end: number;
}

/** What was edited last. It is used up before the next one. */
export const edited: EditedHead = { bytes: scratch, start: 0, end: 0 };

const dropsFor = (exchange: Exchange, { status }: ResponseHead, mode: number): Uint8Array =>
  status === 204 || mode === UNTIL_CLOSE || (mode === CHUNKED && exchange.client.minor === 0)
    ? DROPS_WITH_LENGTH
    : DROPS;

/** The slow way, for heads that are written in an odd way or grow too long: composes them apart from the body. */
const composeApart = (
  exchange: Exchange,
  head: ResponseHead,
  bytes: Buffer,
  drops: Uint8Array,
  lines: string,
): void => {
  roomFor(head, lines.length);
  let at = copyResponseHead(head, bytes, scratch, 0, drops);
  at = writeOwnLines(exchange, lines, scratch, at);
  at += scratch.write('\r\n', at, 'latin1');
  edited.bytes = Buffer.from(scratch.subarray(0, at));
  edited.start = 0;
  edited.end = at;
};

/**
 * Makes the head of a final answer what the client is to get, and says in `edited` where it is: where it was, right
 * before the body, or apart from it. @param mode how its body is framed (RFC 9112, 6.3). @param floor offset that
 * bytes may be written from. @param ruled lines that the rules of its route add.
 */
export const editAnswer = (
  exchange: Exchange,
  head: ResponseHead,
  bytes: Buffer,
  mode: number,
  floor: number,
  ruled: string,
): void => {
  const lines = moreLines(exchange, head, mode, ruled);
  const drops = dropsFor(exchange, head, mode);
  const room = ID_NAME.length + exchange.record.idLength + 2 + lines.length;
  const start = openResponseHead(head, bytes, drops, room, floor);
  if (start < 0) {
    composeApart(exchange, head, bytes, drops, lines);
    return;
  }
  writeOwnLines(exchange, lines, bytes, start + head.fieldsStart - head.start);
  edited.bytes = bytes;
  edited.start = start;
  edited.end = head.end;
};

/** Composes the head of an interim answer, or of the 101 that starts a tunnel: only fields for one connection differ. */
export const composeInterim = (head: ResponseHead, bytes: Buffer, lines = ''): number => {
  roomFor(head, lines.length);
  let at = copyResponseHead(head, bytes, scratch, 0, DROPS_WITH_LENGTH);
  at += scratch.write(lines, at, 'latin1');
  return at + scratch.write('\r\n', at, 'latin1');
};
