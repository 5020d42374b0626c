import type { Attributes, Context, Span, SpanContext, TextMapGetter, Tracer } from '@opentelemetry/api';
import type { FinishedExchange } from '../../core/exchange.ts';
import {
  type ExchangeTrace,
  isTracestate,
  parseTraceparent,
  type TracedRequest,
  traceparentText,
} from '../../core/trace-context.ts';
import { METHODS, methodAt } from '../cells/pool-cells.ts';
import type { OpenTelemetry } from './load-opentelemetry.ts';

/** Values of fields that propagators may write: a line is one line, whatever is in it. */
const UNSENDABLE = /[^\t\x20-\x7e]/;
const FIELD_NAME = /^[a-z0-9!#$%&'*+.^`|~-]+$/i;
const W3C_FIELDS = ['traceparent', 'tracestate'];

const getter: TextMapGetter<TracedRequest> = {
  get: (request, name) => request.header(name),
  keys: () => [],
};

const isKnown = (method: string): boolean => METHODS[methodAt(method)] !== 'OTHER';

const startAttributes = ({ method, path, scheme, host, clientIp }: TracedRequest): Attributes => ({
  'http.request.method': isKnown(method) ? method : '_OTHER',
  'url.path': path,
  'url.scheme': scheme,
  'server.address': host,
  'client.address': clientIp,
});

const endAttributes = (exchange: FinishedExchange): Attributes => {
  const { status, pool, server, route, attempts, hedges = 0, termination } = exchange;
  return {
    ...(status > 0 ? { 'http.response.status_code': status } : {}),
    ...(status >= 500 ? { 'error.type': String(status) } : {}),
    ...(pool === undefined ? {} : { 'forehand.pool': pool }),
    ...(server === undefined ? {} : { 'forehand.server': server }),
    ...(route === undefined ? {} : { 'forehand.route': route }),
    'forehand.attempts': attempts,
    'forehand.hedges': hedges,
    'forehand.termination': termination,
  };
};

export interface SpansParts {
  readonly api: OpenTelemetry;
  readonly version: string;
  /** Add to monotonic ms for a date. */
  epochOffset(): number;
  /** Whether this peer's traces are gone on with. */
  trusts(peerIp: string): boolean;
}

/**
 * A span of kind SERVER for each exchange, by the semantic conventions for HTTP. Its context is taken from the request
 * and given to the server by the propagators that the application has set up, and as W3C trace context if it has none.
 */
export class Spans {
  readonly #parts: SpansParts;
  readonly #tracer: Tracer;

  constructor(parts: SpansParts) {
    this.#parts = parts;
    this.#tracer = parts.api.trace.getTracer('forehand', parts.version);
  }

  /** Begins the span of an exchange. Undefined where nobody has set up OpenTelemetry. */
  begin(request: TracedRequest): ExchangeTrace | undefined {
    const { api, trusts } = this.#parts;
    const from = trusts(request.peerIp) ? this.#parentOf(request) : api.ROOT_CONTEXT;
    const span = this.#tracer.startSpan(
      isKnown(request.method) ? request.method : 'HTTP',
      {
        kind: api.SpanKind.SERVER,
        startTime: this.#date(request.startedAt),
        attributes: startAttributes(request),
      },
      from,
    );
    const context = span.spanContext();
    if (!api.isSpanContextValid(context)) return undefined;
    const names = this.#fields.filter((name) => request.header(name) !== undefined);
    return {
      traceId: context.traceId,
      removes: new Set(names),
      lines: this.#linesFor(api.trace.setSpan(from, span), context),
      ended: (exchange) => this.#end(span, exchange),
    };
  }

  get #fields(): readonly string[] {
    const fields = this.#parts.api.propagation.fields();
    return fields.length === 0 ? W3C_FIELDS : fields.map((name) => name.toLowerCase());
  }

  #parentOf(request: TracedRequest): Context {
    const { api } = this.#parts;
    if (api.propagation.fields().length > 0)
      return api.propagation.extract(api.ROOT_CONTEXT, request, getter);
    const parent = parseTraceparent(request.header('traceparent'));
    if (!parent) return api.ROOT_CONTEXT;
    const { traceId, spanId, flags } = parent;
    return api.trace.setSpanContext(api.ROOT_CONTEXT, { traceId, spanId, traceFlags: flags, isRemote: true });
  }

  #linesFor(context: Context, { traceId, spanId, traceFlags, traceState }: SpanContext): string {
    const { propagation } = this.#parts.api;
    let lines = '';
    const set = (_: unknown, name: string, value: string): void => {
      if (FIELD_NAME.test(name) && !UNSENDABLE.test(value)) lines += `${name}: ${value}\r\n`;
    };
    if (propagation.fields().length > 0) propagation.inject(context, {}, { set });
    else {
      set(undefined, 'traceparent', traceparentText({ traceId, spanId, flags: traceFlags }));
      const state = traceState?.serialize() ?? '';
      if (state !== '' && isTracestate(state)) set(undefined, 'tracestate', state);
    }
    return lines;
  }

  #end(span: Span, exchange: FinishedExchange): void {
    const { SpanStatusCode } = this.#parts.api;
    span.setAttributes(endAttributes(exchange));
    if (exchange.status >= 500 || exchange.status === 0) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(this.#date(exchange.startedAt + exchange.duration));
  }

  #date(at: number): number {
    return at + this.#parts.epochOffset();
  }
}
