import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Decision } from '../core/decide.ts';
import { messageOf } from '../core/errors.ts';
import { RetryBudgets } from '../core/retry-budget.ts';
import type { Server } from '../core/types.ts';
import { answerOn, answerSelf, hasAnswer, isClosing, type OwnAnswer } from './answer.ts';
import type { DoorParts, Termination } from './door-parts.ts';
import { Exchange, type ExchangeParts } from './exchange.ts';
import { listOf } from './fields.ts';
import { Forwarder } from './forward.ts';
import { whenPeerEnds } from './peer-end.ts';
import { ExchangeRecord } from './record.ts';
import { forwardsLeft, hasBody } from './request-fields.ts';
import { strictFault } from './strict.ts';
import { Tunnel } from './tunnel.ts';

export type { DoorParts, DoorSettings, FinishedExchange, Termination } from './door-parts.ts';

/** Goes on with the application's own handlers. */
export type Next = (error?: unknown) => void;

/** The door for a Node server: what comes in here goes out to a server of a pool. */
export interface Door {
  web(req: IncomingMessage, res: ServerResponse, next?: Next): void;
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Requests and tunnels under way. */
  readonly open: number;
  /** For servers that are not among these: closes their connections, and ends their tunnels when it is time. */
  retain(servers: Iterable<URL>): void;
  /** Ends tunnels and closes unused connections. Requests under way are the server's to end. */
  close(): Promise<void>;
}

/** What becomes of a request before any server is asked. */
type Verdict =
  | { readonly kind: 'forward'; readonly server: Server }
  | { readonly kind: 'next'; readonly termination: Termination }
  | Said;

interface Said {
  readonly kind: 'answer';
  readonly answer: Omit<OwnAnswer, 'requestId'>;
  readonly termination: Termination;
}

const say = (
  status: number,
  reason: string,
  termination: Termination,
  fields: Record<string, string> = {},
): Said => ({
  kind: 'answer',
  answer: { status, reason, fields, close: status === 400 || status === 413 },
  termination,
});

/** A function may name any place: what a header cannot carry is sent as percent-encoded UTF-8 (RFC 3986, 2.1). */
const sendable = (location: string): string =>
  location.replace(/[^\x21-\x7e]+/g, (text) =>
    Buffer.from(text).toString('hex').toUpperCase().replace(/../g, '%$&'),
  );

const TURN_BACK = say(200, 'the request was not to be forwarded', 'local', { Allow: 'OPTIONS, TRACE' });
const FAULT = say(500, 'the proxy has failed at this request', 'no_server');
const NO_SERVER = say(503, 'no server can take the request now', 'no_server', { 'Retry-After': '1' });

/** The application serves, else the server on this machine, else nobody. */
const localVerdict = (decision: Decision, canPass: boolean): Verdict => {
  if (canPass) return { kind: 'next', termination: 'local' };
  const { self } = decision.chain.pool;
  return self ? { kind: 'forward', server: self } : NO_SERVER;
};

const deliver = (decision: Decision, canPass: boolean): Verdict => {
  const { delivery, redirect, chosen } = decision;
  if (redirect)
    return say(redirect.status, `go to ${redirect.location}`, 'redirect', {
      Location: sendable(redirect.location),
    });
  if (delivery === 'local') return localVerdict(decision, canPass);
  return chosen ? { kind: 'forward', server: chosen } : NO_SERVER;
};

const bodyVerdict = (req: IncomingMessage, limit: number | undefined): Verdict | undefined => {
  if (!hasBody(req)) return undefined;
  if (req.readableDidRead || req.readableEnded)
    return say(
      500,
      'the body was read before it came here; mount forehand before body parsers',
      'bad_request',
    );
  const length = Number(req.headers['content-length'] ?? 0);
  return limit !== undefined && length > limit ? say(413, 'the body is too large', 'bad_request') : undefined;
};

class NodeDoor implements Door {
  /** With the count of what is under way kept by the one call that ends every exchange. */
  readonly #parts: DoorParts;
  readonly #exchange: ExchangeParts;
  readonly #tunnels = new Set<Tunnel>();
  open = 0;

  constructor(parts: DoorParts) {
    this.#parts = {
      ...parts,
      finished: (exchange) => {
        this.open -= 1;
        parts.finished(exchange);
      },
    };
    this.#exchange = { door: this.#parts, forwarder: new Forwarder(), budgets: new RetryBudgets() };
  }

  web(req: IncomingMessage, res: ServerResponse, next?: Next): void {
    if (isClosing(req.socket)) {
      req.resume();
      return;
    }
    const record = new ExchangeRecord(this.#parts, req, 'request');
    this.open += 1;
    const verdict = this.#judgeSafely(req, record, next !== undefined);
    if (verdict.kind === 'next' && next) {
      record.end(verdict.termination);
      next();
    } else this.#follow(verdict, record, req, res);
  }

  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (isClosing(socket)) return;
    const record = new ExchangeRecord(this.#parts, req, 'upgrade');
    this.open += 1;
    socket.on('error', () => socket.destroy());
    // Behind a request that is still being answered (pipelining) there is no place for another answer.
    if (hasAnswer(socket) || socket.destroyed) {
      socket.destroy();
      record.end('bad_request');
      return;
    }
    const asked = listOf(req.rawHeaders, 'upgrade').join();
    const verdict =
      req.method !== 'GET' || hasBody(req)
        ? say(400, 'only a GET without a body can be upgraded', 'bad_request')
        : this.#judgeSafely(req, record, false);
    if (verdict.kind !== 'forward' || asked !== 'websocket') this.#serveOn(socket, verdict, record, req);
    else this.#tunnel(new Tunnel(this.#exchange, record, req, socket, head, verdict.server), socket);
  }

  retain(servers: Iterable<URL>): void {
    const kept = [...servers];
    const addresses = new Set(kept.map(({ origin }) => origin));
    const { drain } = this.#parts.settings().timeouts;
    for (const tunnel of this.#tunnels)
      if (tunnel.server && !addresses.has(tunnel.server.url.origin)) tunnel.leaveIn(drain);
    this.#exchange.forwarder.retain(kept);
  }

  async close(): Promise<void> {
    for (const tunnel of this.#tunnels) tunnel.destroy();
    this.#exchange.forwarder.close();
  }

  #follow(verdict: Verdict, record: ExchangeRecord, req: IncomingMessage, res: ServerResponse): void {
    if (verdict.kind === 'forward') {
      new Exchange(this.#exchange, record, req, res, verdict.server);
      return;
    }
    const { answer, termination } = verdict.kind === 'answer' ? verdict : NO_SERVER;
    record.status = answer.status;
    const fields = { ...answer.fields, ...record.decisionFields };
    answerSelf(req, res, { ...answer, fields, requestId: record.requestId });
    record.end(termination);
  }

  #tunnel(tunnel: Tunnel, socket: Duplex): void {
    this.#tunnels.add(tunnel);
    socket.once('close', () => this.#tunnels.delete(tunnel));
  }

  /** Without a tunnel: a server may ignore an upgrade that it does not know (RFC 9110, 7.8), such as h2c. */
  #serveOn(socket: Duplex, verdict: Verdict, record: ExchangeRecord, req: IncomingMessage): void {
    whenPeerEnds(socket, () => socket.destroy());
    this.#follow(verdict, record, req, answerOn(req, socket));
  }

  /** The border of the request path: a fault of ours is an answer, never the end of the process. */
  #judgeSafely(req: IncomingMessage, record: ExchangeRecord, canPass: boolean): Verdict {
    try {
      return this.#judge(req, record, canPass);
    } catch (thrown) {
      process.emitWarning(`a request could not be judged: ${messageOf(thrown)}`, 'ForehandWarning');
      return FAULT;
    }
  }

  /** view -> strict checks -> route -> decide -> what to do. */
  #judge(req: IncomingMessage, record: ExchangeRecord, canPass: boolean): Verdict {
    const fault = strictFault(req);
    if (fault) return say(fault.status, fault.message, 'bad_request');
    if (forwardsLeft(req) === 0) return TURN_BACK;
    const { settings, view } = record;
    if (this.open > settings.inFlight)
      return say(503, 'too many requests are under way', 'overload', { 'Retry-After': '1' });
    const parts = this.#parts;
    const explained = record.wantsExplanation ? parts.chooseExplained : undefined;
    const choice = explained ? explained(view) : parts.choose(view);
    if (!choice)
      return canPass ? { kind: 'next', termination: 'no_route' } : say(404, 'no route matches', 'no_route');
    record.choice = choice;
    const now = this.#parts.now();
    this.#exchange.budgets.of(choice.decision.chain.pool.name, now).request(settings.retry.budget, now);
    const verdict = deliver(choice.decision, canPass);
    return (verdict.kind === 'forward' && bodyVerdict(req, settings.bodyBytes)) || verdict;
  }
}

/** Makes a door. */
export const createDoor = (parts: DoorParts): Door => new NodeDoor(parts);
