import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { RetryBudgets } from '../core/retry-budget.ts';
import { answerOn, answerSelf, hasAnswer, isClosing } from './answer.ts';
import type { DoorParts } from './door-parts.ts';
import { Exchange, type ExchangeParts } from './exchange.ts';
import { listOf } from './fields.ts';
import { Forwarder } from './forward.ts';
import { answerChanges, ruledAnswer } from './own-answer.ts';
import { whenPeerEnds } from './peer-end.ts';
import { ExchangeRecord } from './record.ts';
import { forwardsLeft, hasBody } from './request-fields.ts';
import { serveLocal } from './serve-local.ts';
import { strictFault } from './strict.ts';
import { Tunnel } from './tunnel.ts';
import {
  bodyVerdict,
  deliver,
  FAULTY,
  NO_SERVER,
  type Said,
  say,
  sayRuled,
  TURN_BACK,
  type Verdict,
} from './verdict.ts';
import { safely, whenReady } from './when-ready.ts';

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
    this.#judge(req, record, next !== undefined, (verdict) => {
      if (res.destroyed || req.socket?.destroyed) record.end('client_abort');
      else if (verdict.kind === 'next' && next) {
        record.end(verdict.termination);
        next();
      } else this.#follow(verdict, record, req, res);
    });
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
    const goOn = (verdict: Verdict): void => {
      if (socket.destroyed) record.end('client_abort');
      else if (verdict.kind !== 'forward' || asked !== 'websocket')
        this.#serveOn(socket, verdict, record, req);
      else this.#tunnel(new Tunnel(this.#exchange, record, req, socket, head, verdict.server), socket);
    };
    if (req.method !== 'GET' || hasBody(req))
      goOn(say(400, 'only a GET without a body can be upgraded', 'bad_request'));
    else this.#judge(req, record, false, goOn);
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
    if (verdict.kind === 'serve') {
      this.#serve(verdict, record, req, res);
      return;
    }
    const { answer, termination } = verdict.kind === 'answer' ? verdict : NO_SERVER;
    const fields = { ...answer.fields, ...record.decisionFields };
    const ruled = ruledAnswer({ ...answer, fields, requestId: record.requestId }, record);
    record.status = ruled.status;
    record.countOut(answerSelf(req, res, ruled));
    record.end(termination);
  }

  #serve(
    { listener, server }: Extract<Verdict, { kind: 'serve' }>,
    record: ExchangeRecord,
    req: IncomingMessage,
    res: ServerResponse,
  ): void {
    const changes = answerChanges(record);
    if (changes === 'faulty') {
      this.#follow(FAULTY, record, req, res);
      return;
    }
    record.server = server;
    serveLocal(listener, record, req, res, changes);
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

  /** view -> strict checks -> what has to be found out -> guard -> route -> decide -> what to do. */
  #judge(req: IncomingMessage, record: ExchangeRecord, canPass: boolean, goOn: (to: Verdict) => void): void {
    const refused = safely<Verdict | undefined>(() => this.#refusal(req, record), FAULTY);
    if (refused) {
      goOn(refused);
      return;
    }
    const { refresh } = this.#parts;
    const decide = (): void => goOn(safely(() => this.#decide(req, record, canPass), FAULTY));
    if (refresh)
      whenReady(req.socket, (go) => refresh(record.view, go), { goOn: decide, failed: () => goOn(FAULTY) });
    else decide();
  }

  #refusal(req: IncomingMessage, { settings }: ExchangeRecord): Said | undefined {
    const fault = strictFault(req);
    if (fault) return say(fault.status, fault.message, 'bad_request');
    if (forwardsLeft(req) === 0) return TURN_BACK;
    return this.open > settings.inFlight
      ? say(503, 'too many requests are under way', 'overload', { 'Retry-After': '1' })
      : undefined;
  }

  #decide(req: IncomingMessage, record: ExchangeRecord, canPass: boolean): Verdict {
    const { settings, view } = record;
    const parts = this.#parts;
    const turned = parts.guard?.(view, parts.now());
    if (turned) {
      record.turnedBy = turned.route;
      return sayRuled(turned, 'rule');
    }
    const explained = record.wantsExplanation ? parts.chooseExplained : undefined;
    const choice = explained ? explained(view) : parts.choose(view);
    if (!choice)
      return canPass ? { kind: 'next', termination: 'no_route' } : say(404, 'no route matches', 'no_route');
    record.choice = choice;
    record.takeRules();
    const now = parts.now();
    this.#exchange.budgets.of(choice.decision.chain.pool.name, now).request(settings.retry.budget, now);
    const verdict = deliver(choice, canPass, parts);
    const hasContent = verdict.kind === 'forward' || verdict.kind === 'serve';
    return (hasContent && bodyVerdict(req, settings.bodyBytes)) || verdict;
  }
}

/** Makes a door. */
export const createDoor = (parts: DoorParts): Door => new NodeDoor(parts);
