import type { IncomingMessage } from 'node:http';
import type { Choice } from '../core/choose.ts';
import type { Millis, RequestView, Server } from '../core/types.ts';
import type { DoorParts, DoorSettings, FinishedExchange, Termination } from './door-parts.ts';
import { EXPLAIN_FIELD } from './request-fields.ts';
import { isKeptId, newRequestId } from './request-id.ts';
import { peerIsTrusted, peerOf, viewOf } from './request-view.ts';
import { DECISION_FIELD } from './response-fields.ts';

/** What is noted of an exchange while it goes on, and told once when it ends. */
export class ExchangeRecord {
  readonly view: RequestView;
  readonly requestId: string;
  readonly startedAt: Millis;
  readonly settings: DoorSettings;
  /** It has shown that it may be answered with its decision. */
  readonly wantsExplanation: boolean;
  choice: Choice | undefined = undefined;
  server: Server | undefined = undefined;
  status = 0;
  attempts = 0;
  bytesIn = 0;
  bytesOut = 0;
  firstByte: Millis | undefined = undefined;
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
    this.#peerIp = peerOf(req);
    const token = this.settings.explains && this.view.header(EXPLAIN_FIELD);
    this.wantsExplanation = token !== undefined && this.settings.explains?.(token) === true;
    this.startedAt = parts.now();
    const sent = peerIsTrusted(req, trustedProxies) ? this.view.header('x-request-id') : undefined;
    this.requestId = isKeptId(sent) ? sent : newRequestId(parts.epochMs());
  }

  get elapsed(): Millis {
    return this.#parts.now() - this.startedAt;
  }

  /** The decision as a field of the answer, if it was asked for. */
  get decisionFields(): Readonly<Record<string, string>> {
    const { choice, server, attempts } = this;
    if (!this.wantsExplanation || !choice) return {};
    const { decision } = choice;
    const field = this.#parts.decisionField?.({ decision, server: server?.id, attempts });
    return field === undefined ? {} : { [DECISION_FIELD]: field };
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
    const { requestId, status, startedAt, attempts, bytesIn, bytesOut, choice, server, firstByte } = this;
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
      ...(choice
        ? { route: choice.route.name, pool: choice.decision.chain.pool.name, decision: choice.decision }
        : {}),
      ...(server ? { server: server.id } : {}),
      ...(firstByte === undefined ? {} : { firstByte }),
    });
  }
}
