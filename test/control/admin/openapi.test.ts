import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminRoutes } from '../../../src/control/admin/admin-routes.ts';
import { Forehand } from '../../../src/control/forehand.ts';
import { silentLog } from '../../../src/control/logs/log.ts';
import { Heartbeat } from '../../../src/script/heartbeat.ts';
import { eventually } from '../../support/eventually.ts';
import { fakeParts } from '../fake-views.ts';
import { FeedClient } from '../feed/feed-client.ts';

/** What the validator's own Ajv makes of a schema. */
interface Validate {
  (value: unknown): boolean;
  readonly errors?: readonly unknown[] | null;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, object>> }>>;
  readonly 'x-changes': boolean;
}

interface ApiDocument {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

// The validator's own; it needs no place among our packages.
const fromValidator = createRequire(
  createRequire(import.meta.url).resolve('@seriousme/openapi-schema-validator'),
);
const { Ajv2020 } = fromValidator('ajv/dist/2020.js');

let backend: Server;
let proxy: Forehand;
let url: string;
let document: ApiDocument;
let ajv: { addSchema(schema: object, id: string): void; compile(schema: object): Validate };

beforeAll(async () => {
  backend = createServer((_, res) => res.end('hello')).listen(0, '127.0.0.1');
  await once(backend, 'listening');
  const { port } = backend.address() as AddressInfo;
  const config = {
    listen: ['127.0.0.1:0'],
    admin: '127.0.0.1:0',
    agents: { listen: 'http://127.0.0.1:0' },
    pools: { web: { servers: [`http://127.0.0.1:${port}`, { id: 'gone', url: 'http://127.0.0.1:9' }] } },
    routes: [{ name: 'all', path: '/', pool: 'web' }],
  };
  proxy = await Forehand.start({
    source: { value: config },
    env: {},
    log: silentLog,
    version: '1.2.3',
    page: () => undefined,
    watch: false,
    heartbeat: new Heartbeat(),
  });
  url = `http://${proxy.adminAddress}`;
  for (let i = 0; i < 5; i++)
    await fetch(`http://${proxy.addresses[0]}/cart?${i}`).then((answer) => answer.text());
  document = (await (await fetch(`${url}/api/v1/openapi.json`)).json()) as ApiDocument;
  ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addSchema(document, 'document');
});
afterAll(async () => {
  await proxy?.close();
  backend?.closeAllConnections();
  backend?.close();
});

/** What is asked of a path in the test, where that is more than GET. */
const QUESTIONS: Readonly<Record<string, { readonly path?: string; readonly body?: unknown }>> = {
  'GET /api/v1/servers/{id}': { path: '/api/v1/servers/gone' },
  'GET /api/v1/pools/{name}': { path: '/api/v1/pools/web' },
  'GET /api/v1/hosts/{name}': { path: '/api/v1/hosts/nobody.example' },
  'POST /api/v1/servers/set': { body: { server: 'gone', state: 'maint', for: '10m', reason: 'new disk' } },
  'POST /api/v1/servers/{id}/state': { path: '/api/v1/servers/gone/state', body: { weight: 0.5 } },
  'POST /api/v1/explain': { body: { url: '/cart' } },
  'POST /api/v1/reload': { body: { dryRun: true } },
  'PUT /api/v1/trace': { body: { classes: ['pool'] } },
  'POST /api/v1/hosts': { body: { name: 'shop.example' } },
  'PUT /api/v1/hosts/{name}': { path: '/api/v1/hosts/shop.example', body: {} },
  'DELETE /api/v1/hosts/{name}': { path: '/api/v1/hosts/shop.example' },
  'POST /api/v1/session': { body: { token: 'anything' } },
  'DELETE /api/v1/session': {},
  'POST /api/v1/quit': {},
};

const asked = (method: string, path: string, body: unknown): Promise<Response> =>
  fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

const operation = (path: string, method: string): Operation => document.paths[path]![method.toLowerCase()]!;

const pointer = (text: string): string => text.replaceAll('~', '~0').replaceAll('/', '~1');

/** The faults of an answer by what the document says of its status. */
const faultsOf = async (path: string, method: string, answer: Response): Promise<readonly unknown[]> => {
  const { content } = operation(path, method).responses[answer.status] ?? {};
  if (!content) return [`${method} ${path} answers ${answer.status}, which the document does not have`];
  const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
  if (!(type in content)) return [`${method} ${path} answers with ${type}`];
  const value = type === 'application/json' ? await answer.json() : await answer.text();
  const place = `paths/${pointer(path)}/${method.toLowerCase()}/responses/${answer.status}/content/${pointer(type)}`;
  const validate = ajv.compile({ $ref: `document#/${encodeURI(place)}/schema` });
  return validate(value) ? [] : (validate.errors ?? []);
};

const operations = (): readonly (readonly [path: string, method: string])[] =>
  Object.entries(document.paths).flatMap(([path, here]) =>
    Object.keys(here).map((method) => [path, method.toUpperCase()] as const),
  );

describe('the OpenAPI document', () => {
  it('is one of version 3.1', async () => {
    const { valid, errors } = await new Validator().validate({ ...structuredClone(document) });
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    expect(document.openapi).toBe('3.1.0');
    expect(document.info.version).toBe('1.2.3');
  });

  it('has every route and no other, with what it changes', () => {
    const routes = [...adminRoutes(fakeParts())]
      .filter(([path]) => path !== '/openapi.json')
      .flatMap(([path, here]) => here.map(({ method, changes }) => [path, method, changes]));
    const documented = operations().map(([path, method]) => [
      path,
      method,
      operation(path, method)['x-changes'],
    ]);
    expect(documented.sort()).toEqual(routes.sort());
  });

  it('names each operation once, and each parameter of a path', () => {
    const all = operations().map(([path, method]) => ({ path, ...operation(path, method) }));
    const ids = all.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, parameters = [] } of all) {
      const named = parameters.filter((one) => one.in === 'path').map(({ name }) => `{${name}}`);
      expect(named).toEqual(path.match(/\{\w+\}/g) ?? []);
    }
  });

  it('describes every answer of a proxy at work', async () => {
    await eventually(async () => {
      const answer = await fetch(`${url}/api/v1/decisions`);
      return ((await answer.json()) as readonly { outcome: unknown }[])[0]?.outcome;
    });
    for (const [path, method] of operations()) {
      const question = QUESTIONS[`${method} ${path}`];
      if (method !== 'GET' || path.includes('{'))
        expect(question, `${method} ${path} is asked`).toBeDefined();
      const answer = await asked(method, question?.path ?? path, question?.body);
      expect(await faultsOf(path, method, answer), `${method} ${path}`).toEqual([]);
    }
  });

  it.each([
    ['GET', '/api/v1/servers/{id}', '/api/v1/servers/gon'],
    ['GET', '/api/v1/pools/{name}', '/api/v1/pools/wev'],
    ['GET', '/api/v1/servers', '/api/v1/servers?odd=1'],
    ['POST', '/api/v1/servers/set', '/api/v1/servers/set'],
    ['GET', '/api/v1/decisions', '/api/v1/decisions?kind=recent'],
    ['GET', '/api/v1/decisions', '/api/v1/decisions?kind=failed'],
    ['GET', '/readyz', '/readyz?verbose'],
  ])('describes what %s %s says to %s', async (method, path, target) => {
    const answer = await asked(method, target, method === 'GET' ? undefined : {});
    expect(await faultsOf(path, method, answer)).toEqual([]);
  });

  it('describes what the feed shows', async () => {
    const feed = new FeedClient(`${url}/api/v1/events`);
    await eventually(() => feed.named('snapshot').length > 0);
    proxy.instance.events.add('test', 'something happened');
    await eventually(() => feed.named('event').length > 0);
    feed.close();
    const schemas = 'document#/components/schemas';
    const snapshot = ajv.compile({ $ref: `${schemas}/Snapshot` });
    expect(snapshot(JSON.parse(feed.named('snapshot')[0]?.data ?? '')), JSON.stringify(snapshot.errors)).toBe(
      true,
    );
    const event = ajv.compile({ $ref: `${schemas}/Event` });
    expect(event(JSON.parse(feed.named('event')[0]?.data ?? ''))).toBe(true);
  });

  it('stands at the root too, where tools look for it', async () => {
    expect(await (await fetch(`${url}/openapi.json`)).json()).toEqual(document);
  });
});
