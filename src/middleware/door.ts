import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Decision } from '../core/decide.ts';
import type { Server } from '../core/types.ts';
import { answerOnSocket, answerSelf, type OwnAnswer } from './answer.ts';
import type { DoorParts, Termination } from './door-parts.ts';
import { Exchange, type ExchangeParts } from './exchange.ts';
import { listOf } from './fields.ts';
import { Forwarder } from './forward.ts';
import { ExchangeRecord } from './record.ts';
import { hasBody } from './request-fields.ts';
import { RetryBudgets } from './retry-budget.ts';
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
  /** Closes unused connections to servers that are not among these. */
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
    return say(redirect.status, `go to ${redirect.location}`, 'redirect', { Location: redirect.location });
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
    const record = new ExchangeRecord(this.#parts, req, 'request');
    this.open += 1;
    const verdict = this.#judge(req, record, next !== undefined);
    if (verdict.kind === 'forward') {
      new Exchange(this.#exchange, record, req, res, verdict.server);
      return;
    }
    if (verdict.kind === 'next' && next) {
      record.end(verdict.termination);
      next();
      return;
    }
    const { answer } = verdict.kind === 'answer' ? verdict : NO_SERVER;
    record.status = answer.status;
    answerSelf(req, res, { ...answer, requestId: record.requestId });
    record.end(verdict.termination);
  }

  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    const record = new ExchangeRecord(this.#parts, req, 'upgrade');
    this.open += 1;
    socket.on('error', () => socket.destroy());
    const websocket =
      req.method === 'GET' && listOf(req.rawHeaders, 'upgrade').join() === 'websocket' && !hasBody(req);
    const verdict = websocket
      ? this.#judge(req, record, false)
      : say(400, 'only an upgrade to websocket is served', 'bad_request');
    if (verdict.kind === 'forward') {
      const tunnel = new Tunnel(this.#exchange, record, req, socket, head, verdict.server);
      this.#tunnels.add(tunnel);
      socket.once('close', () => this.#tunnels.delete(tunnel));
      return;
    }
    const { answer } = verdict.kind === 'answer' ? verdict : NO_SERVER;
    record.status = answer.status;
    answerOnSocket(socket, { ...answer, requestId: record.requestId });
    record.end(verdict.termination);
  }

  retain(servers: Iterable<URL>): void {
    this.#exchange.forwarder.retain(servers);
  }

  async close(): Promise<void> {
    for (const tunnel of this.#tunnels) tunnel.destroy();
    this.#exchange.forwarder.close();
  }

  /** view -> strict checks -> route -> decide -> what to do. */
  #judge(req: IncomingMessage, record: ExchangeRecord, canPass: boolean): Verdict {
    const fault = strictFault(req);
    if (fault) return say(fault.status, fault.message, 'bad_request');
    const { settings, view } = record;
    if (this.open > settings.inFlight)
      return say(503, 'too many requests are under way', 'overload', { 'Retry-After': '1' });
    const choice = this.#parts.choose(view);
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
