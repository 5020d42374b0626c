import type { Decision } from '../core/decide.ts';
import type { Termination } from '../core/exchange.ts';
import { sendableLocation } from '../core/location.ts';
import type { Route } from '../core/route.ts';
import { isServer } from '../core/route-rules.ts';
import type { Server } from '../core/types.ts';
import type { RequestHead } from '../http1/request-head.ts';
import { addressRequest } from './address-request.ts';
import type { Exchange } from './exchange.ts';
import type { OwnAnswer } from './own-answer.ts';
import type { ExchangeRecord } from './record.ts';

/** An answer in place of a server's, and how the exchange counts then. */
export interface Refusal {
  readonly answer: OwnAnswer;
  readonly termination: Termination;
}

export const OVERLONG: Refusal = {
  answer: { status: 413, reason: 'the body is too large' },
  termination: 'bad_request',
};

export const OVERLOAD: Refusal = {
  answer: { status: 503, reason: 'too many requests are under way', fields: 'Retry-After: 1\r\n' },
  termination: 'overload',
};

/** For a fault of our own. */
export const FAULT: OwnAnswer = { status: 500, reason: 'the proxy has failed at this request' };

export const STALLED_BODY: OwnAnswer = { status: 408, reason: 'the rest of the body did not come in time' };

const NO_ROUTE: Refusal = { answer: { status: 404, reason: 'no route matches' }, termination: 'no_route' };
/** A 405 names what is served instead (RFC 9110, 15.5.6). */
export const NO_CONNECT: Refusal = {
  answer: {
    status: 405,
    reason: 'CONNECT is not served',
    fields: 'Allow: GET, HEAD, POST, PUT, DELETE, PATCH\r\n',
  },
  termination: 'bad_request',
};
const NO_SERVER: Refusal = {
  answer: {
    status: 503,
    reason: 'no server can take the request now',
    fields: 'Retry-After: 1\r\n',
  },
  termination: 'no_server',
};

const redirected = ({ redirect }: Decision): Refusal | undefined =>
  redirect && {
    answer: {
      status: redirect.status,
      reason: `go to ${redirect.location}`,
      fields: `Location: ${sendableLocation(redirect.location)}\r\n`,
    },
    termination: 'redirect',
  };

/** Longest content that the route of a request takes, bytes; Infinity for no limit. */
export const bodyLimit = ({ choice }: ExchangeRecord): number =>
  choice?.route.settings.bodyBytes ?? Number.POSITIVE_INFINITY;

/** What goes beyond the limits of its route is refused before a server is asked. */
const excess = (exchange: Exchange, route: Route, head: RequestHead): Refusal | undefined => {
  if (head.contentLength > bodyLimit(exchange.record)) return OVERLONG;
  const { inFlight } = route.settings;
  if (inFlight === undefined) return undefined;
  exchange.limitedBy = route.name;
  return exchange.engine.routes.enter(route.name) > inFlight ? OVERLOAD : undefined;
};

/** What the rules of the route answer with, else the server on this machine. */
const locally = (exchange: Exchange, { rules }: Route, { chain }: Decision): Server | Refusal => {
  const local = rules?.local;
  if (!local) return chain.pool.self ?? NO_SERVER;
  if (!isServer(local)) return { answer: local, termination: 'local' };
  exchange.isLocal = true;
  return local;
};

/** Where a request goes: to a server, or nowhere. */
const deliver = (exchange: Exchange, head: RequestHead): Server | Refusal => {
  const { choice, method } = exchange.record;
  if (!choice) return NO_ROUTE;
  const { route, decision } = choice;
  if (method === 'CONNECT' && !route.settings.allowsConnect) return NO_CONNECT;
  const refusal = excess(exchange, route, head) ?? redirected(decision);
  if (refusal) return refusal;
  if (decision.delivery === 'local') return locally(exchange, route, decision);
  return decision.chosen ?? NO_SERVER;
};

/** A request that was decided has its server; the head that it gets is made ready. */
const address = (exchange: Exchange, server: Server, head: RequestHead, bytes: Buffer): void => {
  const { engine, record, settings } = exchange;
  const pool = exchange.attempt.chose(server);
  exchange.tap = engine.parts.tap?.(record);
  addressRequest(exchange, head, bytes, pool.settings);
  if (!exchange.isLocal) pool.budget.request(settings.retry.budget, record.startedAt);
};

const decided = (exchange: Exchange, head: RequestHead, bytes: Buffer): Refusal | undefined => {
  const { engine, record } = exchange;
  const { parts } = engine;
  const now = record.decidedAt ?? record.startedAt;
  record.trace ??= parts.traceContext?.(record);
  const answer = parts.guard?.(record, now);
  if (answer) {
    record.turnedBy = answer.route;
    return { answer, termination: 'rule' };
  }
  record.choice = parts.choose(record, now);
  const verdict = deliver(exchange, head);
  if ('answer' in verdict) return verdict;
  address(exchange, verdict, head, bytes);
  return undefined;
};

/** guard -> route -> decision -> server, whose head is made ready; or the answer in its place. Nothing is sent. */
export const whereTo = (exchange: Exchange, head: RequestHead, bytes: Buffer): Refusal | undefined => {
  const { engine, settings } = exchange;
  if (engine.open > settings.inFlight) return OVERLOAD;
  try {
    return decided(exchange, head, bytes);
  } catch (thrown) {
    engine.parts.onFault(thrown);
    return { answer: FAULT, termination: 'rule' };
  }
};
