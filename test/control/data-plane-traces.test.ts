import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aDataPlane, type TestPlane } from '../support/a-data-plane.ts';
import { TRANSPORTS } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { askRaw, connectRaw } from '../support/raw-client.ts';
import { startBackend } from '../support/start-backend.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;
const BOTH = `traceparent: ${PARENT}\r\ntracestate: rojo=1\r\n`;

const aRequest = (fields = ''): string => `GET / HTTP/1.1\r\nHost: a\r\n${fields}Connection: close\r\n\r\n`;

/** A server that answers which trace it was told to belong to. */
const aTeller = () =>
  startBackend((req, res) => {
    const { traceparent = 'none', tracestate = 'none' } = req.headers;
    res.end(`<${String(traceparent)} ${String(tracestate)}>`);
  });

const told = async ({ port }: TestPlane, fields = ''): Promise<string> =>
  /<(.*)>/.exec(await askRaw(port(), aRequest(fields)))?.[1] ?? '';

const BEGUN = /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01] none$/;

describe.each(TRANSPORTS)('the trace context of requests over %s', (transport) => {
  const aPlane = async (more: object = {}): Promise<TestPlane> => {
    const { url } = await aTeller();
    return aDataPlane(() => ({ pools: { web: { servers: [url] } }, ...more }), { transport });
  };

  it('goes on as it came where the configuration says nothing, whatever it is', async () => {
    const plane = await aPlane();
    expect(await told(plane, BOTH)).toBe(`${PARENT} rojo=1`);
    expect(await told(plane, 'traceparent: whatever\r\n')).toBe('whatever none');
    expect(await told(plane)).toBe('none none');
  });

  it('goes on where no traces are begun, unless it is malformed', async () => {
    const plane = await aPlane({ tracing: {} });
    expect(await told(plane, BOTH)).toBe(`${PARENT} rojo=1`);
    expect(await told(plane, 'traceparent: whatever\r\ntracestate: rojo=1\r\n')).toBe('none none');
    expect(await told(plane, `traceparent: ${PARENT}\r\ntracestate: ROJO\r\n`)).toBe(`${PARENT} none`);
  });

  it('ends here where it is not to be passed on', async () => {
    expect(await told(await aPlane({ tracing: { propagate: false } }), BOTH)).toBe('none none');
  });

  it('is begun for a request without, and for a stranger', async () => {
    const plane = await aPlane({ tracing: { create: true } });
    const [one, two] = [await told(plane), await told(plane)];
    expect(one).toMatch(BEGUN);
    expect(two).toMatch(BEGUN);
    expect(one).not.toBe(two);
    const mine = await told(plane, BOTH);
    expect(mine).toMatch(BEGUN);
    expect(mine).not.toContain(TRACE);
  });

  it('goes on where traces are begun, for a proxy that is trusted', async () => {
    const plane = await aPlane({ tracing: { create: true }, trustedProxies: ['127.0.0.1'] });
    expect(await told(plane, BOTH)).toBe(`${PARENT} rojo=1`);
  });

  it('is looked after from the next request on, once a reload says so', async () => {
    const { url } = await aTeller();
    const config = { pools: { web: { servers: [url] } } };
    const plane = await aDataPlane(() => config, { transport });
    expect(await told(plane)).toBe('none none');
    expect(await plane.reload({ ...config, tracing: { create: true } })).toMatchObject({
      ok: true,
      ignored: [],
    });
    expect(await told(plane)).toMatch(BEGUN);
  });
});

describe.each(TRANSPORTS)('the access log over %s', (transport) => {
  const aLog = async (more: object) => {
    const { url } = await aTeller();
    const plane = await aDataPlane(
      ({ folder }) => ({
        listen: { address: '127.0.0.1:0', name: 'front' },
        pools: { web: { servers: [url] } },
        accessLog: { file: join(folder, 'access.log'), format: 'json' },
        ...more,
      }),
      { transport },
    );
    const lines = async (count: number): Promise<readonly Record<string, unknown>[]> => {
      const read = (): readonly string[] =>
        readFileSync(join(plane.folder, 'access.log'), 'utf8').split('\n').slice(0, -1);
      await eventually(() => read().length === count, `${count} lines`);
      return read().map((line) => JSON.parse(line) as Record<string, unknown>);
    };
    return { plane, lines };
  };

  it('says how long connection and chain took, and which trace it was', async () => {
    const { plane, lines } = await aLog({});
    const client = await connectRaw(plane.port());
    const GET = `GET / HTTP/1.1\r\nHost: a\r\ntraceparent: ${PARENT}\r\n`;
    client.send(`${GET}\r\n${GET}Connection: close\r\n\r\n`);
    await client.closed();
    const [first, second] = await lines(2);
    expect(first?.['connect_ms']).toBeGreaterThanOrEqual(0);
    expect(second).not.toHaveProperty('connect_ms');
    for (const line of [first, second]) {
      expect(line?.['decision_us']).toBeGreaterThan(0);
      expect(line?.['trace_id']).toBe(TRACE);
      expect(line).not.toHaveProperty('hedges');
    }
    await plane.plane.requests.close();
  });

  it('has the trace that was begun here', async () => {
    const { plane, lines } = await aLog({ tracing: { create: true } });
    const said = await told(plane, BOTH);
    const [line] = await lines(1);
    expect(said.slice(3, 35)).toBe(line?.['trace_id']);
    await plane.plane.requests.close();
  });

  it('takes requests that were sent again, where those are wanted', async () => {
    const { plane } = await aLog({});
    const { url } = await aTeller();
    const accessLog = { file: join(plane.folder, 'again.log'), format: 'json', retries: true };
    const dead = 'http://127.0.0.1:1';
    const pools = { web: { servers: [dead, url], chain: ['addSelf'] } };
    expect(
      await plane.reload({ listen: { address: '127.0.0.1:0', name: 'front' }, pools, accessLog }),
    ).toMatchObject({ ok: true });
    await told(plane);
    const read = (): string => readFileSync(join(plane.folder, 'again.log'), 'utf8');
    await eventually(() => read().includes('"retries":1'), 'the retry is there');
    await plane.plane.requests.close();
  });

  it('and the metrics know the listener by its name', async () => {
    const { plane } = await aLog({});
    await told(plane);
    await eventually(() => plane.traffic.counts().pools.length > 0, 'it is counted');
    expect(plane.traffic.counts().pools[0]?.listeners.map(({ listener }) => listener)).toEqual(['front']);
    const client = await connectRaw(plane.port());
    await eventually(() => plane.plane.load.clients.length > 0, 'it is open');
    expect(plane.plane.load.clients).toEqual([{ listener: 'front', protocol: 'http1', count: 1 }]);
    client.send(aRequest());
    await client.closed();
    await plane.plane.requests.close();
  });
});

it('a listener that speaks HTTP/2 is counted by its name, and its connections as one each', async () => {
  const { url } = await aTeller();
  const plane = await aDataPlane(() => ({
    listen: { address: '127.0.0.1:0', name: 'h2', h2c: true },
    pools: { web: { servers: [url] } },
  }));
  const client = connectHttp2(`http://127.0.0.1:${plane.port()}`);
  onTestFinished(() => client.destroy());
  const streams = [client.request({ ':path': '/' }), client.request({ ':path': '/' })];
  await Promise.all(streams.map((stream) => once(stream.resume(), 'close')));
  await eventually(() => plane.plane.engine.open === 0, 'both have ended');
  const { pools } = plane.traffic.counts();
  expect(pools[0]?.listeners.map(({ listener }) => listener)).toEqual(['h2']);
  expect(plane.plane.load.clients).toEqual([{ listener: 'h2', protocol: 'http2', count: 1 }]);
});
