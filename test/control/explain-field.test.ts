import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMiddleware } from '../../src/index.ts';
import { aDataPlane } from '../support/a-data-plane.ts';
import { TRANSPORTS } from '../support/an-engine.ts';
import { askRaw } from '../support/raw-client.ts';
import { startBackend } from '../support/start-backend.ts';

const TOKEN = 'only-for-me';

const get = (fields = '', path = '/'): string =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n`;
const showing = (token: string): string => `X-Forehand-Explain: ${token}\r\n`;

const decisionIn = (answer: string) => {
  const text = /^X-Forehand-Decision: (.*)\r$/im.exec(answer)?.[1];
  return text === undefined ? undefined : JSON.parse(text);
};

/** A server that says which fields it got. */
const aTeller = () => startBackend((req, res) => res.end(Object.keys(req.headers).join(' ')));

describe.each(TRANSPORTS)('X-Forehand-Explain over %s', (transport) => {
  it('gets the decision of the very request', async () => {
    const { url } = await aTeller();
    const { port, traffic } = await aDataPlane(
      () => ({ explain: { token: TOKEN }, pools: { web: { servers: [url] } } }),
      { transport },
    );
    const id = new URL(url).host;
    const answer = await askRaw(port(), get(showing(TOKEN), '/cart'));
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(decisionIn(answer)).toMatchObject({
      chosen: id,
      server: id,
      attempts: 1,
      why: `${id} won: the pool has no other server`,
      steps: [{ name: 'byAge' }, { name: 'notEjected' }, {}, {}, {}],
    });
    expect(traffic.decisions(1)[0]).toMatchObject({
      request: { path: '/cart' },
      seed: decisionIn(answer).seed,
    });
  });

  it('is told by this proxy alone, whatever a server says', async () => {
    const { url } = await startBackend((_, res) => {
      res.setHeader('X-Forehand-Decision', '{"chosen":"somebody else"}');
      res.end();
    });
    const { port } = await aDataPlane(
      () => ({ explain: { token: TOKEN }, pools: { web: { servers: [url] } } }),
      { transport },
    );
    expect(decisionIn(await askRaw(port(), get()))).toBeUndefined();
    const asked = await askRaw(port(), get(showing(TOKEN)));
    expect(asked.match(/^X-Forehand-Decision:/gim)).toHaveLength(1);
    expect(decisionIn(asked).chosen).toBe(new URL(url).host);
  });

  it.each([
    ['a wrong token', showing('only-for-mf')],
    ['no token', ''],
    ['an empty one', showing('')],
    ['it under the name of another field', `X-Forehand-Explained: ${TOKEN}\r\n`],
  ])('gets nothing for %s', async (_, fields) => {
    const { url } = await aTeller();
    const { port } = await aDataPlane(
      () => ({ explain: { token: TOKEN }, pools: { web: { servers: [url] } } }),
      { transport },
    );
    const answer = await askRaw(port(), get(fields));
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(decisionIn(answer)).toBeUndefined();
  });

  it.each([
    ['right', { token: TOKEN }, TOKEN],
    ['wrong', { token: TOKEN }, 'another'],
    ['for nobody', undefined, TOKEN],
  ])('is never passed on to a server: %s', async (_, explain, token) => {
    const { url, requests } = await aTeller();
    const { port } = await aDataPlane(
      () => ({ ...(explain ? { explain } : {}), pools: { web: { servers: [url] } } }),
      { transport },
    );
    for (const name of ['X-Forehand-Explain', 'x-forehand-EXPLAIN'])
      expect(await askRaw(port(), get(`${name}: ${token}\r\n`))).not.toContain('x-forehand-explain');
    expect(requests).toHaveLength(2);
  });

  it('is not passed on where Connection names it', async () => {
    const { url } = await aTeller();
    const { port } = await aDataPlane(() => ({ pools: { web: { servers: [url] } } }), { transport });
    const request = get(showing(TOKEN)).replace('close', 'close, x-forehand-explain');
    expect(await askRaw(port(), request)).not.toContain('x-forehand-explain');
  });

  it('gets the decision with an answer of our own, too', async () => {
    const { url } = await aTeller();
    const { port } = await aDataPlane(
      () => ({
        explain: { token: TOKEN },
        pools: { web: { servers: [url], chain: [{ byTag: { any: ['none'] } }], whenEmpty: 'refuse' } },
      }),
      { transport },
    );
    const answer = await askRaw(port(), get(showing(TOKEN)));
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(decisionIn(answer)).toMatchObject({ chosen: null, delivery: 'refused' });
    expect(decisionIn(answer).why).toMatch(/^no server: byTag left none of 1 /);
  });

  it('goes by the token of the last load', async () => {
    const { url } = await aTeller();
    const pools = { web: { servers: [url] } };
    const { port, reload, write } = await aDataPlane(() => ({ pools }), { transport });
    const field = async (token: string) => decisionIn(await askRaw(port(), get(showing(token))));
    expect(await field(TOKEN)).toBeUndefined();
    await reload({ explain: { token: TOKEN }, pools });
    expect(await field(TOKEN)).toBeDefined();
    await reload({ explain: { tokenFile: write('tokens', 'newest\nolder\n') }, pools });
    expect(await field(TOKEN)).toBeUndefined();
    for (const token of ['newest', 'older']) expect(await field(token)).toBeDefined();
  });
});

it('X-Forehand-Explain over HTTP/2 gets the decision, and is not passed on', async () => {
  const { url } = await aTeller();
  const { port } = await aDataPlane(() => ({
    listen: { address: '127.0.0.1:0', h2c: true },
    explain: { token: TOKEN },
    pools: { web: { servers: [url] } },
  }));
  const client = connectHttp2(`http://127.0.0.1:${port()}`);
  onTestFinished(() => client.destroy());
  const request = client.request({ ':path': '/', 'x-forehand-explain': TOKEN });
  const [fields] = await once(request, 'response');
  expect(JSON.parse(fields['x-forehand-decision'])).toMatchObject({ chosen: new URL(url).host });
  expect(String(await once(request, 'data'))).not.toContain('x-forehand-explain');
});

describe('X-Forehand-Explain in an application of its own', () => {
  const aFront = async (config: object): Promise<string> => {
    const door = await createMiddleware(config);
    const server = createServer((req, res) => door.web(req, res));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(async () => {
      server.closeAllConnections();
      server.close();
      await door.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const ask = (url: string, token: string) => fetch(url, { headers: { 'X-Forehand-Explain': token } });

  it('gets the decision, and is not passed on', async () => {
    const { url } = await aTeller();
    const front = await aFront({ explain: { token: TOKEN }, pools: { web: { servers: [url] } } });
    const right = await ask(front, TOKEN);
    expect(JSON.parse(right.headers.get('x-forehand-decision') ?? '')).toMatchObject({
      chosen: new URL(url).host,
      attempts: 1,
    });
    expect(await right.text()).not.toContain('x-forehand-explain');
    const wrong = await ask(front, 'another');
    expect(wrong.headers.get('x-forehand-decision')).toBeNull();
    expect(await wrong.text()).not.toContain('x-forehand-explain');
  });

  it('gets it with an answer of our own, too', async () => {
    const chain = [{ byTag: { any: ['none'] } }];
    const web = { servers: ['http://127.0.0.1:1'], chain, whenEmpty: 'refuse' };
    const answer = await ask(await aFront({ explain: { token: TOKEN }, pools: { web } }), TOKEN);
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.headers.get('x-forehand-decision') ?? '').delivery).toBe('refused');
  });
});
