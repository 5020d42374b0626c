import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aDataPlane } from '../support/a-data-plane.ts';
import { TRANSPORTS } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { askRaw, connectRaw } from '../support/raw-client.ts';
import { aDeadUrl, startBackend } from '../support/start-backend.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const HEADER = 'PROXY TCP4 203.0.113.7 203.0.113.1 4711 80\r\n';

/** A server that answers who the proxy says the client is. */
const aTeller = () =>
  startBackend((req, res) => {
    const { 'x-forwarded-for': client, 'x-forwarded-proto': scheme } = req.headers;
    res.end(`<${client} ${scheme}>`);
  });

const toldIn = (answer: string): string => /<(.*)>/.exec(answer)?.[1] ?? answer;

describe.each(TRANSPORTS)('a data plane over %s', (transport) => {
  it('serves on each of its listeners', async () => {
    const { url } = await aTeller();
    const { port, plane } = await aDataPlane(
      () => ({ listen: ['127.0.0.1:0', { address: '127.0.0.1:0' }], pools: { web: { servers: [url] } } }),
      { transport },
    );
    expect(plane.addresses).toEqual([`127.0.0.1:${port(0)}`, `127.0.0.1:${port(1)}`]);
    for (const n of [0, 1]) expect(toldIn(await askRaw(port(n), GET))).toBe('127.0.0.1 http');
  });

  it('says what is wrong with an address that it cannot listen at, and what to do', async () => {
    const { url } = await aTeller();
    const { port, plane } = await aDataPlane(() => ({ pools: { web: { servers: [url] } } }), { transport });
    const address = `127.0.0.1:${port()}`;
    const target = { kind: 'tcp', host: '127.0.0.1', port: port() } as const;
    await expect(
      plane.listen(target, { address, http2: false, h2c: false, proxyProtocol: false }),
    ).rejects.toThrow(`listen ${address}: address already in use; is another forehand running there?`);
  });

  it('takes no more connections once it stops to listen, and serves those that it has', async () => {
    const { url } = await aTeller();
    const { port, plane } = await aDataPlane(() => ({ pools: { web: { servers: [url] } } }), { transport });
    const at = port();
    const client = await connectRaw(at);
    plane.stopListening();
    await expect(connectRaw(at)).rejects.toThrow('ECONNREFUSED');
    client.send(GET);
    expect((await client.closed()).text).toMatch(/^HTTP\/1\.1 200 /);
  });

  describe('on a listener with `proxyProtocol`', () => {
    it('takes the address of the client from the header, and its request right behind it', async () => {
      const { url } = await aTeller();
      const { port } = await aDataPlane(
        () => ({
          listen: { address: '127.0.0.1:0', proxyProtocol: true },
          pools: { web: { servers: [url] } },
        }),
        { transport },
      );
      expect(toldIn(await askRaw(port(), HEADER + GET))).toBe('203.0.113.7 http');
    });

    it('closes a connection that begins without one', async () => {
      const { url } = await aTeller();
      const { port, said } = await aDataPlane(
        () => ({
          listen: { address: '127.0.0.1:0', name: 'front', proxyProtocol: true },
          pools: { web: { servers: [url] } },
        }),
        { transport, logLevel: 'debug' },
      );
      expect(await askRaw(port(), GET)).toBe('');
      expect(said).toContainEqual({
        level: 'debug',
        message: 'connection of a client refused',
        fields: { listener: 'front', code: 'PROXY_MALFORMED' },
      });
    });

    it('believes `trustedProxies` only, as they are now', async () => {
      const { url } = await aTeller();
      const config = (trusted: string) => ({
        listen: { address: '127.0.0.1:0', proxyProtocol: true },
        trustedProxies: [trusted],
        pools: { web: { servers: [url] } },
      });
      const { port, reload } = await aDataPlane(() => config('192.0.2.1'), { transport });
      expect(await askRaw(port(), HEADER + GET)).toBe('');
      expect(await reload(config('127.0.0.0/8'))).toMatchObject({ ok: true, ignored: [] });
      expect(toldIn(await askRaw(port(), HEADER + GET))).toBe('203.0.113.7 http');
    });

    it('believes whoever may open its unix socket', async () => {
      const { url } = await aTeller();
      const { folder } = await aDataPlane(
        ({ folder: at }) => ({
          listen: { address: `unix:${join(at, 'front.sock')}`, proxyProtocol: true },
          trustedProxies: ['192.0.2.1'],
          pools: { web: { servers: [url] } },
        }),
        { transport },
      );
      const socket = connect(join(folder, 'front.sock'));
      socket.write(HEADER + GET);
      let answer = '';
      for await (const piece of socket) answer += piece;
      expect(toldIn(answer)).toBe('203.0.113.7 http');
    });
  });

  describe('on a listener with `h2c`', () => {
    const ask2 = async (port: number, header = ''): Promise<string> => {
      const socket = connect(port, '127.0.0.1');
      socket.write(header);
      const session = connectHttp2(`http://127.0.0.1:${port}`, { createConnection: () => socket });
      onTestFinished(() => session.destroy());
      const stream = session.request({ ':path': '/' });
      let text = '';
      for await (const piece of stream) text += piece;
      return text;
    };

    it.each([
      ['', false, '127.0.0.1 http'],
      [HEADER, true, '203.0.113.7 http'],
    ])('serves HTTP/1.1 and HTTP/2, behind the header %j', async (header, proxyProtocol, told) => {
      const { url } = await aTeller();
      const { port } = await aDataPlane(
        () => ({
          listen: { address: '127.0.0.1:0', h2c: true, proxyProtocol },
          pools: { web: { servers: [url] } },
        }),
        { transport },
      );
      expect(toldIn(await askRaw(port(), header + GET))).toBe(told);
      expect(toldIn(await ask2(port(), header))).toBe(told);
    });
  });

  it('opens what is to be warmed up, at the start and after a reload, and shows it', async () => {
    const { url, ...backend } = await aTeller();
    const config = (warmup: number) => ({ pools: { web: { servers: [url], warmup } } });
    const { traffic, reload, port } = await aDataPlane(() => config(2), { transport });
    const connections = () => traffic.servers()[0]?.connections;
    await eventually(() => connections()?.idle === 2);
    expect(connections()).toEqual({ open: 2, idle: 2, waiting: 0 });
    await reload(config(4));
    await eventually(() => connections()?.idle === 4);
    await askRaw(port(), GET);
    expect(connections()).toEqual({ open: 4, idle: 4, waiting: 0 });
    expect(backend.open).toBe(backend.connections);
  });

  it('shows servers that nobody has asked yet without connections', async () => {
    const { traffic } = await aDataPlane(() => ({ pools: { web: { servers: ['http://127.0.0.1:1'] } } }), {
      transport,
    });
    expect(traffic.servers()[0]?.connections).toEqual({ open: 0, idle: 0, waiting: 0 });
  });
});

describe('the connections to servers', () => {
  const talk = async (facts: Parameters<typeof aDataPlane>[1]) => {
    const backend = await startBackend((_, res) => res.end('ok'));
    const dead = await aDeadUrl();
    const pools = { web: { servers: [backend.url], validate: 'always' }, other: { servers: [dead] } };
    const routes = [{ pool: 'web' }, { path: '/dead', pool: 'other' }];
    const made = await aDataPlane(() => ({ pools, routes }), facts);
    const client = await connectRaw(made.port());
    client.send(GET.replace('Connection: close\r\n', ''));
    await client.hears(/ok$/);
    client.send(GET);
    await client.closed();
    await askRaw(made.port(), GET.replace('/', '/dead'));
    made.plane.close();
    return made.said.filter(({ message }) => message.startsWith('connection '));
  };
  const words = (lines: Awaited<ReturnType<typeof talk>>) =>
    lines.map(({ level, message }) => `${level}: ${message}`);

  it('are not in the log of most days', async () => {
    expect(await talk({})).toEqual([]);
  });

  it('are in the log from debug on, where they begin, fail and end', async () => {
    const lines = await talk({ logLevel: 'debug' });
    expect(words(lines)).toEqual([
      'debug: connection opened',
      'debug: connection failed',
      'debug: connection closed',
    ]);
    expect(lines[1]?.fields).toMatchObject({ pool: 'other', detail: 'ECONNREFUSED' });
  });

  it('are in the log from trace on with each use', async () => {
    expect(words(await talk({ logLevel: 'trace' }))).toEqual([
      'debug: connection opened',
      'debug: connection validated',
      'debug: connection failed',
      'debug: connection closed',
    ]);
  });

  it('are followed by the class `pool` of the trace', async () => {
    const lines = await talk({ trace: ['pool'] });
    expect(words(lines)).toEqual([
      'info: connection opened',
      'info: connection validated',
      'info: connection failed',
      'info: connection closed',
    ]);
    expect(lines[0]?.fields).toMatchObject({ trace: 'pool', pool: 'web' });
  });
});
