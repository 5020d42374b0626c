import { propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadOpenTelemetry } from '../../../src/control/tracing/load-opentelemetry.ts';
import { Spans } from '../../../src/control/tracing/spans.ts';
import type { FinishedExchange } from '../../../src/core/exchange.ts';
import type { ExchangeTrace } from '../../../src/core/trace-context.ts';
import { anExchange } from '../an-exchange.ts';
import { aTracedRequest } from './a-traced-request.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;
const EPOCH_OFFSET = 1_700_000_000_000;

let exporter: InMemorySpanExporter;
beforeEach(() => {
  exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
});
afterEach(() => {
  trace.disable();
  propagation.disable();
});

const someSpans = async (trusts = true): Promise<Spans> =>
  new Spans({
    api: await loadOpenTelemetry(undefined),
    version: '1.2.3',
    epochOffset: () => EPOCH_OFFSET,
    trusts: () => trusts,
  });

const begun = async (fields: Readonly<Record<string, string>>, trusts = true): Promise<ExchangeTrace> => {
  const made = (await someSpans(trusts)).begin(aTracedRequest(fields));
  if (!made) throw new Error('no span was begun');
  return made;
};

const spanOf = async (facts: Partial<FinishedExchange>): Promise<ReadableSpan> => {
  const { ended } = await begun({});
  ended?.(anExchange({ startedAt: 1000, duration: 250, ...facts }));
  const [span] = exporter.getFinishedSpans();
  if (!span) throw new Error('no span was exported');
  return span;
};

describe('the span of an exchange', () => {
  it('is one of a server, named after the method, with its times', async () => {
    const span = await spanOf({});
    expect([span.name, span.kind]).toEqual(['GET', SpanKind.SERVER]);
    expect(span.startTime).toEqual([1_700_000_001, 0]);
    expect(span.duration).toEqual([0, 250_000_000]);
  });

  it('says what was asked and what became of it, but not the query', async () => {
    const facts = { status: 200, pool: 'web', server: 'web-1', route: 'shop', attempts: 2 } as const;
    const { attributes } = await spanOf(facts);
    expect(attributes).toMatchObject({
      'http.request.method': 'GET',
      'url.path': '/cart',
      'url.scheme': 'https',
      'server.address': 'shop.example',
      'client.address': '203.0.113.9',
      'http.response.status_code': 200,
      'forehand.pool': 'web',
      'forehand.server': 'web-1',
      'forehand.route': 'shop',
      'forehand.attempts': 2,
      'forehand.termination': 'ok',
    });
  });

  it.each([
    ['an answer 503', { status: 503 }, SpanStatusCode.ERROR],
    ['no answer', { status: 0 }, SpanStatusCode.ERROR],
    ['an answer 404', { status: 404 }, SpanStatusCode.UNSET],
  ] as const)('with %s has the status %j', async (_what, facts, code) => {
    expect((await spanOf(facts)).status.code).toBe(code);
  });

  it('goes on with the trace of a sender that is trusted, and is the parent of what the server does', async () => {
    const made = await begun({ traceparent: PARENT, tracestate: 'rojo=1' });
    made.ended?.(anExchange());
    const [span] = exporter.getFinishedSpans();
    expect(made.traceId).toBe(TRACE);
    expect(span?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
    expect(made.lines).toContain(`traceparent: 00-${TRACE}-${span?.spanContext().spanId}-01\r\n`);
    expect(made.removes).toEqual(new Set(['traceparent', 'tracestate']));
  });

  it('is the first of a trace where the sender is not trusted', async () => {
    const made = await begun({ traceparent: PARENT }, false);
    expect(made.traceId).not.toBe(TRACE);
    expect(made.removes).toEqual(new Set(['traceparent']));
  });

  it('is carried by the propagators that the application has set up', async () => {
    propagation.setGlobalPropagator({
      fields: () => ['X-Trace'],
      inject: (_context, carrier, setter) => {
        setter.set(carrier, 'X-Trace', 'mine');
        setter.set(carrier, 'X-Bad', 'two\r\nlines');
      },
      extract: (context, carrier, getter) =>
        trace.setSpanContext(context, {
          traceId: String(getter.get(carrier, 'x-trace')),
          spanId: 'b7ad6b7169203331',
          traceFlags: 1,
        }),
    });
    const made = await begun({ 'x-trace': TRACE });
    expect(made.traceId).toBe(TRACE);
    expect(made.lines).toBe('X-Trace: mine\r\n');
    expect(made.removes).toEqual(new Set(['x-trace']));
  });

  it('is none where nobody has set up OpenTelemetry', async () => {
    trace.disable();
    expect((await someSpans()).begin(aTracedRequest())).toBeUndefined();
  });
});

describe('the package of OpenTelemetry', () => {
  it('is asked for where it is missing', async () => {
    const missing = loadOpenTelemetry(undefined, () => Promise.reject(new Error('not found')));
    await expect(missing).rejects.toThrow('npm install @opentelemetry/api');
  });

  it('is set up by a script, which is named where it cannot be used', async () => {
    await expect(loadOpenTelemetry('/nowhere/otel.mjs')).rejects.toThrow('/nowhere/otel.mjs cannot be used');
  });
});
