import type { Server } from '../core/types.ts';
import { dropNamed } from '../http1/drop-named.ts';
import * as kind from '../http1/field-kind.ts';
import { linesWithout } from '../http1/field-lines.ts';
import type { RequestHead } from '../http1/request-head.ts';
import { composeHead, dropsFor, forwardsLeft, indexOfKind } from './compose-request.ts';
import type { Exchange } from './exchange.ts';
import { GUARDED_IN_REQUEST } from './guarded-fields.ts';
import { ownLinesFor, type RequestChanges, requestChanges } from './request-changes.ts';
import { dropAlso } from './request-lines.ts';
import type { SentRequest } from './sent-request.ts';
import type { PoolSettings } from './settings.ts';

const NO_KINDS: readonly number[] = [];
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization']);

/** What a pool says to its servers with every request. */
interface PoolWords {
  readonly authorization: string | undefined;
  readonly loadFormat: PoolSettings['loadFormat'];
}

/**
 * Composes the head anew, with what the rules of the route change, and without the client's fields of these kinds: its
 * server gets ours.
 */
const composeAnew = (
  exchange: Exchange,
  head: RequestHead,
  bytes: Buffer,
  changes: RequestChanges | undefined,
  kinds: readonly number[],
): void => {
  const left = forwardsLeft(head, bytes, exchange.record.method);
  const drops = dropAlso(dropsFor(exchange.settings, head, left), ...kinds);
  const own = exchange.client.hostLines.lines;
  if (changes) dropNamed(head.fields, bytes, changes.removes, GUARDED_IN_REQUEST);
  const { trace } = exchange.record;
  if (trace) dropNamed(head.fields, bytes, trace.removes, GUARDED_IN_REQUEST);
  exchange.sent?.free(false);
  const ours = changes ? ownLinesFor(own, changes) : own;
  if (!composeHead(exchange, head, bytes, drops, left, ours, changes?.target))
    throw new RangeError('a head has no room');
  const { sent, record } = exchange;
  if (sent) record.showFields(sent.buffer, sent.length);
};

/** Kinds of the client's fields that the pool of the server has its own ones for. */
const replacedKinds = (head: RequestHead, { authorization, loadFormat }: PoolWords): readonly number[] => {
  const asks = loadFormat !== undefined && indexOfKind(head, kind.LOAD_FORMAT) !== -1;
  if (authorization === undefined) return asks ? [kind.LOAD_FORMAT] : NO_KINDS;
  return loadFormat === undefined ? [kind.AUTHORIZATION] : [kind.AUTHORIZATION, kind.LOAD_FORMAT];
};

/** Lines that are for the servers of one pool. */
const poolLines = ({ authorization, loadFormat }: PoolWords): string => {
  const credentials = authorization === undefined ? '' : `Authorization: ${authorization}\r\n`;
  return loadFormat === undefined
    ? credentials
    : `${credentials}Endpoint-Load-Metrics-Format: ${loadFormat}\r\n`;
};

/** What is added for one server alone; empty for nothing. */
const serverLines = ({ engine, record }: Exchange, server: Server | undefined): string =>
  engine.parts.additions?.(record, server)?.request ?? '';

/**
 * Ends the head, now that its route and server are known: changes what rules want, adds what is for the servers of this
 * pool and for this server alone, and the empty line. Throws at rules that have made what cannot be sent.
 */
export const addressRequest = (
  exchange: Exchange,
  head: RequestHead,
  bytes: Buffer,
  { authorization: credentials, loadFormat }: PoolSettings,
): void => {
  const { record } = exchange;
  const rules = record.choice?.route.rules;
  const changes = rules && requestChanges(rules, head, record);
  const pool = { authorization: credentials?.(), loadFormat };
  const kinds = replacedKinds(head, pool);
  const { trace } = record;
  const isTraced = trace !== undefined && trace.removes.size > 0;
  if (changes || kinds.length > 0 || isTraced) composeAnew(exchange, head, bytes, changes, kinds);
  const { sent } = exchange;
  if (!sent) return;
  if (trace) sent.add(trace.lines);
  if (changes)
    sent.add(pool.authorization === undefined ? changes.lines : linesWithout(changes.lines, CREDENTIALS));
  sent.add(poolLines(pool));
  const server = record.chosen;
  sent.addFor(server, serverLines(exchange, server));
  sent.endHead();
  record.showFields(sent.buffer, sent.length);
};

/** All that is here of a request, as this server is to get it: what was added for another one is not for it. */
export const requestFor = (exchange: Exchange, sent: SentRequest, server: Server | undefined): Uint8Array => {
  if (sent.addressee === server) return sent.all();
  const lines = serverLines(exchange, server);
  return lines === sent.addresseeLines ? sent.all() : sent.allWith(lines);
};
