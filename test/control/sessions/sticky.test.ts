import { once } from 'node:events';
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aDataPlane } from '../../support/a-data-plane.ts';
import { TRANSPORTS } from '../../support/an-engine.ts';
import { eventually } from '../../support/eventually.ts';
import { askRaw } from '../../support/raw-client.ts';
import { aDeadUrl, startBackend } from '../../support/start-backend.ts';

const SECRET = '0123456789abcdef';

const asking = (cookie?: string): string =>
  `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${cookie === undefined ? '' : `Cookie: other=1; ${cookie}\r\n`}\r\n`;

interface Got {
  readonly status: number;
  /** Which server answered. */
  readonly by: string;
  /** The pair that is to be sent back; undefined if no cookie was set. */
  readonly cookie: string | undefined;
  readonly setCookies: readonly string[];
}

const got = (answer: string): Got => {
  const setCookies = [...answer.matchAll(/^Set-Cookie: (.*)\r$/gim)].map(([, value = '']) => value);
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]),
    by: /<(.*)>/.exec(answer)?.[1] ?? '',
    cookie: setCookies.find((one) => one.startsWith('fh-web='))?.split(';')[0],
    setCookies,
  };
};

const backends = async () =>
  Promise.all(
    ['a', 'b', 'c'].map(async (id) => {
      const { url } = await startBackend((_, res) => {
        res.setHeader('Set-Cookie', 'own=1');
        res.end(`<${id}>`);
      });
      return { id, url: String(url) };
    }),
  );

const aStickyProxy = async (transport: 'raw' | 'net', sticky: object = {}, pool: object = {}) => {
  const servers = await backends();
  const config = { pools: { web: { servers, sticky: { secret: SECRET, ...sticky }, ...pool } } };
  const proxy = await aDataPlane(() => config, { transport });
  const ask = async (cookie?: string): Promise<Got> => got(await askRaw(proxy.port(), asking(cookie)));
  return { ...proxy, config, ask };
};

describe.each(TRANSPORTS)('a sticky pool over %s', (transport) => {
  it('keeps a client on its server, and sets the cookie once', async () => {
    const { ask } = await aStickyProxy(transport);
    const first = await ask();
    expect(first.setCookies).toEqual([`${first.cookie}; Path=/; HttpOnly; SameSite=Lax`, 'own=1']);
    for (let i = 0; i < 10; i++) {
      const next = await ask(first.cookie);
      expect(next).toMatchObject({ by: first.by, setCookies: ['own=1'] });
    }
  });

  it('shares clients without a cookie, or with a forged one, as ever', async () => {
    const { ask } = await aStickyProxy(transport);
    const seen = new Set<string>();
    await eventually(async () => {
      const { by, cookie } = await ask('fh-web=AAAAAAAAAAAAAAAAAAAAAA');
      seen.add(by);
      expect(cookie).toBeDefined();
      return seen.size === 3;
    }, 'every server has had one');
  });

  it('leaves a server that is drained, and says so with another cookie', async () => {
    const { ask, instance } = await aStickyProxy(transport);
    const first = await ask();
    const pool = instance.board.pool('web');
    const record = pool?.byId(first.by);
    if (!pool || !record) throw new Error('the server is on the board');
    pool.setHand(record, { state: 'drain', weight: 1, since: 0 } as never);
    const next = await ask(first.cookie);
    expect(next.by).not.toBe(first.by);
    expect(next.cookie).toBeDefined();
    expect((await ask(next.cookie)).by).toBe(next.by);
    pool.setHand(record, undefined);
    expect((await ask(first.cookie)).by).toBe(first.by);
  });

  it('leaves a server that left the configuration', async () => {
    const { ask, config, reload } = await aStickyProxy(transport);
    const first = await ask();
    const servers = config.pools.web.servers.filter(({ id }) => id !== first.by);
    await reload({ pools: { web: { ...config.pools.web, servers } } });
    const next = await ask(first.cookie);
    expect(next.status).toBe(200);
    expect(next.by).not.toBe(first.by);
    expect(next.cookie).toBeDefined();
  });

  it('goes to another server when that of the client is dead, in the same request', async () => {
    const servers = [...(await backends()).slice(0, 2), { id: 'c', url: await aDeadUrl() }];
    const live = await aStickyProxy(transport);
    let cookie: string | undefined;
    await eventually(async () => {
      const { by, cookie: set } = await live.ask();
      cookie = set;
      return by === 'c';
    }, 'a client belongs to c');
    const { port } = await aDataPlane(() => ({ pools: { web: { servers, sticky: { secret: SECRET } } } }), {
      transport,
    });
    const next = got(await askRaw(port(), asking(cookie)));
    expect(next.status).toBe(200);
    expect(['a', 'b']).toContain(next.by);
    expect(next.cookie).not.toBe(cookie);
    expect(next.setCookies.filter((one) => one.startsWith('fh-web='))).toHaveLength(1);
  });

  it('knows the cookies of another process with the same secret, and of none without one', async () => {
    const one = await aStickyProxy(transport);
    const first = await one.ask();
    const other = await aDataPlane(() => one.config, { transport });
    const next = got(await askRaw(other.port(), asking(first.cookie)));
    expect(next).toMatchObject({ by: first.by, cookie: undefined });
    const { servers } = one.config.pools.web;
    const unsigned = await aDataPlane(() => ({ pools: { web: { servers, sticky: {} } } }), { transport });
    expect(got(await askRaw(unsigned.port(), asking(first.cookie))).cookie).toBeDefined();
  });

  it('refuses instead where that is wanted, whatever the chain says of empty lists', async () => {
    const { ask, instance } = await aStickyProxy(transport, { onLost: 'refuse' }, { whenEmpty: 'undo' });
    const first = await ask();
    const pool = instance.board.pool('web');
    const record = pool?.byId(first.by);
    if (!pool || !record) throw new Error('the server is on the board');
    pool.setHand(record, { state: 'maint', weight: 1, since: 0 } as never);
    expect((await ask(first.cookie)).status).toBe(503);
    expect((await ask()).status).toBe(200);
    pool.setHand(record, undefined);
    expect((await ask(first.cookie)).by).toBe(first.by);
  });

  it('stands behind the filters of its chain, before what orders and cuts', async () => {
    const { instance } = await aStickyProxy(
      transport,
      {},
      { chain: [{ byAge: '5s' }, 'notEjected', 'byRandom'] },
    );
    expect(instance.model.chains[0]?.links.map(({ name }) => name)).toEqual([
      'byAge',
      'notEjected',
      'sticky',
      'byRandom',
    ]);
  });

  it('sets its cookie as it is told to', async () => {
    const { ask } = await aStickyProxy(transport, {
      cookie: 'mine',
      ttl: '1h',
      secure: true,
      sameSite: 'Strict',
      path: '/app',
      httpOnly: false,
    });
    const [own] = (await ask()).setCookies;
    expect(own).toMatch(/^mine=[\w-]{22}; Path=\/app; Max-Age=3600; Secure; SameSite=Strict$/);
  });
});

it('a sticky pool keeps clients of HTTP/2 on their server too', async () => {
  const servers = await backends();
  const { port } = await aDataPlane(() => ({
    listen: { address: '127.0.0.1:0', h2c: true },
    pools: { web: { servers, sticky: { secret: SECRET } } },
  }));
  const session = connectHttp2(`http://127.0.0.1:${port()}`);
  onTestFinished(() => session.destroy());
  const ask = async (cookie?: string): Promise<{ by: string; cookies: readonly string[] }> => {
    const stream = session.request({ ':path': '/', ...(cookie === undefined ? {} : { cookie }) });
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    return { by: await text(stream), cookies: headers['set-cookie'] ?? [] };
  };
  const first = await ask();
  const own = first.cookies.find((one) => one.startsWith('fh-web='))?.split(';')[0];
  for (let i = 0; i < 5; i++) expect(await ask(own)).toEqual({ by: first.by, cookies: ['own=1'] });
});

it('a pool without `sticky` has no link and no cookie', async () => {
  const servers = await backends();
  const { instance, port } = await aDataPlane(() => ({ pools: { web: { servers } } }));
  expect(instance.model.chains[0]?.links.map(({ name }) => name)).not.toContain('sticky');
  expect(got(await askRaw(port(), asking())).setCookies).toEqual(['own=1']);
});
