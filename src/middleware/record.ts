import type { IncomingMessage } from 'node:http';
import type { Choice } from '../core/choose.ts';
import type { Route } from '../core/route.ts';
import type { ExchangeTrace, TracedRequest } from '../core/trace-context.ts';
import type { Millis, RequestView, Server } from '../core/types.ts';
import type { DoorParts, DoorSettings, FinishedExchange, Termination } from './door-parts.ts';
import { EXPLAIN_FIELD } from './request-fields.ts';
import { isKeptId, newRequestId } from './request-id.ts';
import { peerIsTrusted, peerOf, targetOf, viewOf } from './request-view.ts';
import { DECISION_FIELD } from './response-fields.ts';
import { type Changes, changesOf, checkedTarget, isOursInAnswer, isOursInRequest } from './rules.ts';

const tracedRequest = (view: RequestView, peerIp: string, startedAt: Millis): TracedRequest => ({
  method: view.method,
  host: view.host,
  path: view.path,
  scheme: view.scheme,
  clientIp: view.clientIp,
  peerIp,
  startedAt,
  header: (name) => view.header(name),
});

/** What is noted of an exchange while it goes on, and told once when it ends. */
export class ExchangeRecord {
  readonly view: RequestView;
  readonly requestId: string;
  readonly startedAt: Millis;
  readonly settings: DoorSettings;
  /** It has shown that it may be answered with its decision. */
  readonly wantsExplanation: boolean;
  choice: Choice | undefined = undefined;
  /** Whose rules turned it away before anything was decided. */
  turnedBy: Route | undefined = undefined;
  /** Path and query as the server gets them. */
  target: string;
  /** What the rules of its route change of its fields. */
  requestChanges: Changes | undefined = undefined;
  server: Server | undefined = undefined;
  status = 0;
  attempts = 0;
  bytesIn = 0;
  bytesOut = 0;
  firstByte: Millis | undefined = undefined;
  /** Where traces are begun, or looked after. */
  readonly trace: ExchangeTrace | undefined;
  readonly #parts: DoorParts;
  readonly #peerIp: string;
  readonly #kind: FinishedExchange['kind'];
  #open = true;

  constructor(parts: DoorParts, req: IncomingMessage, kind: FinishedExchange['kind']) {
    this.#parts = parts;
    this.#kind = kind;
    this.settings = parts.settings();
    const { trustedProxies } = this.settings;
    this.view = viewOf(req, trustedProxies);
    this.target = targetOf(req).target;
    this.#peerIp = peerOf(req);
    const token = this.settings.explains && this.view.header(EXPLAIN_FIELD);
    this.wantsExplanation = token !== undefined && this.settings.explains?.(token) === true;
    this.startedAt = parts.now();
    const sent = peerIsTrusted(req, trustedProxies) ? this.view.header('x-request-id') : undefined;
    this.trace = this.settings.traceContext?.(tracedRequest(this.view, this.#peerIp, this.startedAt));
    this.requestId = isKeptId(sent) ? sent : newRequestId(parts.epochMs());
  }

  get elapsed(): Millis {
    return this.#parts.now() - this.startedAt;
  }

  /** The cookie that keeps the client on its server, if it needs one. */
  get cookieFields(): Readonly<Record<string, string>> {
    const { server, view } = this;
    const cookie = server && this.#parts.cookie?.(server, view);
    return cookie === undefined ? {} : { 'Set-Cookie': cookie };
  }

  /** The decision as a field of the answer, if it was asked for. */
  get decisionFields(): Readonly<Record<string, string>> {
    const { choice, server, attempts } = this;
    if (!this.wantsExplanation || !choice) return {};
    const { decision } = choice;
    const field = this.#parts.decisionField?.({ decision, server: server?.id, attempts });
    return field === undefined ? {} : { [DECISION_FIELD]: field };
  }

  /** The route that it takes, or whose rules turned it away. */
  get matched(): Route | undefined {
    return this.choice?.route ?? this.turnedBy;
  }

  /** Takes what the rules of the route make of the request. Throws for what cannot be sent. */
  takeRules(): void {
    const { target, requestEdits } = this.choice?.route.rules ?? {};
    const { view } = this;
    if (target && this.target.startsWith('/')) this.target = checkedTarget(target(view));
    if (requestEdits) this.requestChanges = changesOf(requestEdits, view, isOursInRequest);
  }

  /** What the rules of the route change of the answer. Throws for what cannot be sent. */
  get answerChanges(): Changes | undefined {
    const edits = this.choice?.route.rules?.answerEdits;
    return edits && changesOf(edits, this.view, isOursInAnswer);
  }

  countIn(bytes: number): void {
    this.bytesIn += bytes;
  }

  countOut(bytes: number): void {
    this.bytesOut += bytes;
  }

  /** Tells how it went. Later calls do nothing. */
  end(termination: Termination): void {
    if (!this.#open) return;
    this.#open = false;
    const { method, scheme, host, path, clientIp } = this.view;
    const { requestId, status, startedAt, attempts, bytesIn, bytesOut, choice, server, firstByte, matched } =
      this;
    this.#parts.finished({
      kind: this.#kind,
      requestId,
      method,
      scheme,
      host,
      path,
      clientIp,
      peerIp: this.#peerIp,
      status,
      startedAt,
      duration: this.elapsed,
      attempts,
      bytesIn,
      bytesOut,
      termination,
      trace: this.trace,
      traceId: this.trace?.traceId || undefined,
      ...(matched ? { route: matched.name } : {}),
      ...(choice ? { pool: choice.decision.chain.pool.name, decision: choice.decision } : {}),
      ...(server ? { server: server.id } : {}),
      ...(firstByte === undefined ? {} : { firstByte }),
    });
  }
}
