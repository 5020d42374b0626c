import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createMiddleware } from '../../../src/control/create-middleware.ts';
import { Tracing } from '../../../src/control/tracing/tracing.ts';
import { aDataPlane } from '../../support/a-data-plane.ts';
import { eventually } from '../../support/eventually.ts';
import { askRaw } from '../../support/raw-client.ts';
import { startBackend } from '../../support/start-backend.ts';
import { aTracedRequest } from './a-traced-request.ts';

let exporter: InMemorySpanExporter;
let folder: string;
beforeEach(() => {
  exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
  folder = mkdtempSync(join(tmpdir(), 'forehand-tracing-'));
});
afterEach(() => {
  trace.disable();
  rmSync(folder, { recursive: true });
});

const GET = 'GET /cart?card=4711 HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n';

/** A server that answers 503 with the trace context that it got. */
const aTeller = () =>
  startBackend((req, res) => {
    res.statusCode = 503;
    res.end(`<${String(req.headers['traceparent'])}>`);
  });

const theSpan = async (): Promise<ReadableSpan> => {
  await eventually(() => exporter.getFinishedSpans().length === 1, 'there is a span');
  const [span] = exporter.getFinishedSpans();
  if (!span) throw new Error('there is no span');
  return span;
};

const expectSpan = async (answer: string): Promise<void> => {
  const span = await theSpan();
  const { traceId, spanId } = span.spanContext();
  expect(answer).toContain(`<00-${traceId}-${spanId}-01>`);
  expect(span.attributes).toMatchObject({
    'http.request.method': 'GET',
    'url.path': '/cart',
    'http.response.status_code': 503,
    'error.type': '503',
    'forehand.pool': 'web',
    'forehand.attempts': 1,
    'forehand.termination': 'ok',
  });
  expect(JSON.stringify(span.attributes)).not.toContain('4711');
};

describe('with OpenTelemetry in the process', () => {
  it('each request through the proxy is a span, which is the parent of what its server does', async () => {
    const { url } = await aTeller();
    const pools = { web: { servers: [url] } };
    const { port, traffic } = await aDataPlane(() => ({ pools, tracing: { spans: true } }));
    await traffic.tracing.start();
    await expectSpan(await askRaw(port(), GET));
  });

  it('a request that a server never sees is a span too', async () => {
    const routes = [{ pool: 'web', path: '/only' }];
    const { url } = await aTeller();
    const pools = { web: { servers: [url] } };
    const { port, traffic } = await aDataPlane(() => ({ pools, routes, tracing: { spans: true } }));
    await traffic.tracing.start();
    expect(await askRaw(port(), GET)).toContain('404');
    expect((await theSpan()).attributes).toMatchObject({
      'http.response.status_code': 404,
      'forehand.termination': 'no_route',
    });
  });

  it('each request through the middleware is a span', async () => {
    const { url } = await aTeller();
    const middleware = await createMiddleware({
      admin: false,
      pools: { web: { servers: [url] } },
      tracing: { spans: true },
    });
    const server = createServer((req, res) => middleware.web(req, res));
    onTestFinished(async () => {
      server.close();
      await middleware.close();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await expectSpan(await askRaw((server.address() as AddressInfo).port, GET));
  });
});

describe('a script that sets up OpenTelemetry', () => {
  const aTracing = (file: string): Tracing =>
    new Tracing({
      config: () => ({
        trustedProxies: [],
        tracing: { propagate: true, create: false, sample: 0, trust: 'all', spans: false, module: file },
      }),
      epochOffset: () => 0,
      version: '1',
    });

  const aScript = (text: string): string => {
    const file = join(folder, 'otel.mjs');
    writeFileSync(file, text);
    return file;
  };

  it('is imported, and there are spans from then on', async () => {
    const tracing = aTracing(aScript('globalThis.forehandTestImported = true;'));
    await tracing.start();
    expect(globalThis).toHaveProperty('forehandTestImported', true);
    expect(tracing.begin?.(aTracedRequest())?.ended).toBeInstanceOf(Function);
  });

  it('that fails is named with what it says', async () => {
    const file = aScript('throw new Error("no collector");');
    await expect(aTracing(file).start()).rejects.toThrow(`${file} cannot be used: no collector`);
  });
});
