import { matchablePath } from '../core/route.ts';
import { copyRequestHead } from '../http1/copy-head.ts';
import * as kind from '../http1/field-kind.ts';
import type { RequestHead } from '../http1/request-head.ts';
import type { Exchange } from './exchange.ts';
import { methodText, saysLength } from './method.ts';
import type { OwnAnswer } from './own-answer.ts';
import { dropAlso, MAX_HOPS, REQUEST_DROPS, VIA_NAME } from './request-lines.ts';
import { SentRequest } from './sent-request.ts';
import type { EngineSettings } from './settings.ts';

const CR = 13;
const LF = 10;
/** Room for the lines that we add, beyond what a trusted proxy's hops take. */
const OWN_LINES_BYTES = 2048;

const DROPS_WITH = {
  expect: dropAlso(REQUEST_DROPS.drop, kind.EXPECT),
  expectKeep: dropAlso(REQUEST_DROPS.keep, kind.EXPECT),
};

const TURNED_BACK: OwnAnswer = {
  status: 200,
  reason: 'the request was not to be forwarded',
  fields: 'Allow: OPTIONS, TRACE\r\n',
};
const LOOP: OwnAnswer = { status: 508, reason: 'the request has passed here too often' };
const BROKEN_ESCAPE: OwnAnswer = { status: 400, reason: 'the path has a broken escape' };

/** Index of the first field of a kind; -1 if there is none. */
export const indexOfKind = ({ fields }: RequestHead, wanted: number): number => {
  for (let i = 0; i < fields.count; i++) if (fields.kinds[i] === wanted) return i;
  return -1;
};

const valueAt = ({ fields }: RequestHead, bytes: Buffer, i: number): string =>
  bytes.toString('latin1', fields.at[4 * i + 2], fields.at[4 * i + 3]);

/** All members of the lists in fields of a kind, in order. */
const membersOf = (head: RequestHead, bytes: Buffer, wanted: number): readonly string[] => {
  const members: string[] = [];
  for (let i = 0; i < head.fields.count; i++)
    if (head.fields.kinds[i] === wanted) members.push(...valueAt(head, bytes, i).split(','));
  return members.map((member) => member.trim()).filter((member) => member !== '');
};

const isLoop = (head: RequestHead, bytes: Buffer): boolean =>
  indexOfKind(head, kind.VIA) !== -1 &&
  membersOf(head, bytes, kind.VIA).filter((member) => member.split(/\s+/)[1]?.toLowerCase() === VIA_NAME)
    .length >= MAX_HOPS;

/**
 * What the client wants to switch to, as it is passed on; h2c never is (RFC 9113, 3.1 has withdrawn it). HTTP/1.0 cannot
 * switch (RFC 9110, 7.8).
 */
const upgradeOf = (head: RequestHead, bytes: Buffer): string =>
  head.upgrade && head.minor === 1 && head.contentLength <= 0 && !head.chunked
    ? membersOf(head, bytes, kind.UPGRADE)
        .filter((member) => !/^h2c?(\/|$)/i.test(member))
        .join(', ')
    : '';

/** Max-Forwards of OPTIONS and TRACE (RFC 9110, 7.6.2); undefined if nothing limits them. */
export const forwardsLeft = (head: RequestHead, bytes: Buffer, method: string): number | undefined => {
  if (method !== 'OPTIONS' && method !== 'TRACE') return undefined;
  const i = indexOfKind(head, kind.MAX_FORWARDS);
  const text = i === -1 ? '' : valueAt(head, bytes, i);
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
};

/** Lines that only some requests get. */
const rareLines = (exchange: Exchange, head: RequestHead, left: number | undefined): string => {
  let lines = '';
  if (head.chunked) lines += 'Transfer-Encoding: chunked\r\n';
  else if (head.contentLength < 0 && saysLength(exchange.record.method)) lines += 'Content-Length: 0\r\n';
  if (left !== undefined) lines += `Max-Forwards: ${left - 1}\r\n`;
  if (exchange.upgrade !== '') lines += `Connection: Upgrade\r\nUpgrade: ${exchange.upgrade}\r\n`;
  if (head.hostStart === head.hostEnd) lines += `Host: ${exchange.client.hostLines.host}\r\n`;
  return lines;
};

/** Which kinds of fields are not copied. @param left how often it may still be forwarded, if something limits that. */
export const dropsFor = (
  settings: EngineSettings,
  head: RequestHead,
  left: number | undefined,
): Uint8Array => {
  const { keepsUnderscores } = settings;
  const drops = keepsUnderscores ? REQUEST_DROPS.keep : REQUEST_DROPS.drop;
  if (left !== undefined) return dropAlso(drops, kind.MAX_FORWARDS);
  // A client of HTTP/1.0 does not wait for 100 (RFC 9110, 10.1.1).
  if (!head.expectsContinue || head.minor === 1) return drops;
  return keepsUnderscores ? DROPS_WITH.expectKeep : DROPS_WITH.expect;
};

/**
 * Composes the head that goes to a server, all but the empty line. False if it needs more room than there can be.
 * @param own our lines, up to and with the name of X-Request-Id. @param target in place of the client's path and query.
 */
export const composeHead = (
  exchange: Exchange,
  head: RequestHead,
  bytes: Buffer,
  drops: Uint8Array,
  left: number | undefined,
  own = exchange.client.hostLines.lines,
  target?: Buffer,
): boolean => {
  const longer = target === undefined ? 0 : target.length;
  const sent = new SentRequest(head.end - head.start + own.length + longer + OWN_LINES_BYTES);
  exchange.sent = sent;
  let at = copyRequestHead(head, bytes, sent.buffer, 0, drops, target);
  if (at < 0) return false;
  sent.buffer.set(own, at);
  at = exchange.record.writeId(sent.buffer, at + own.length);
  sent.buffer[at] = CR;
  sent.buffer[at + 1] = LF;
  at += 2;
  const rare = rareLines(exchange, head, left);
  if (rare !== '') at += sent.buffer.write(rare, at, 'latin1');
  sent.headEnds(at);
  return true;
};

const mayBeExplained = (head: RequestHead, bytes: Buffer, { explains }: EngineSettings): boolean => {
  if (!explains) return false;
  const i = indexOfKind(head, kind.EXPLAIN);
  return i !== -1 && explains(valueAt(head, bytes, i));
};

const readRequest = (exchange: Exchange, head: RequestHead, bytes: Buffer): void => {
  const { client, record } = exchange;
  const { pathStart, pathEnd, queryStart } = head;
  const { name, clientIp, scheme, requestId } = client.readHost(head, bytes, exchange.settings);
  record.method = methodText(bytes, head.start, head.methodEnd);
  record.path = bytes.toString('latin1', pathStart, queryStart < 0 ? pathEnd : queryStart - 1) || '/';
  if (queryStart >= 0) record.query = bytes.toString('latin1', queryStart, pathEnd);
  record.host = name;
  record.clientIp = clientIp;
  record.scheme = scheme;
  record.givenId = requestId;
  record.minor = head.minor;
  record.wantsExplanation = mayBeExplained(head, bytes, exchange.settings);
};

/**
 * Reads a request whose head was scanned, and composes what goes to a server. Gives the answer for a request that goes
 * nowhere; undefined for one that may go on. Uses `bytes` only until it returns.
 */
export const prepareRequest = (
  exchange: Exchange,
  head: RequestHead,
  bytes: Buffer,
): OwnAnswer | undefined => {
  readRequest(exchange, head, bytes);
  const { record, settings } = exchange;
  if (head.upgrade) exchange.upgrade = upgradeOf(head, bytes);
  const left = forwardsLeft(head, bytes, record.method);
  if (!composeHead(exchange, head, bytes, dropsFor(settings, head, left), left))
    return { status: 431, reason: 'the head is too large' };
  const { sent } = exchange;
  if (sent) record.showFields(sent.buffer, sent.length);
  if (record.path.includes('%') && matchablePath(record.path) === undefined) return BROKEN_ESCAPE;
  if (left === 0) return TURNED_BACK;
  return settings.via && isLoop(head, bytes) ? LOOP : undefined;
};
