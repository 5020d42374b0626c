import { describe, expect, it } from 'vitest';
import { patternFault } from '../../candidacy/parts/safe-pattern.ts';
import { makePlan } from '../../src/config/planning/plan.ts';
import { shownConfig } from '../../src/config/shown/shown-config.ts';
import { brief, type Files, problemsIn, readFrom, readText } from './support.ts';

const POOL = 'pools: { web: { servers: [http://a:1] } }\n';
const noScripts = { loadScript: () => Promise.reject(new Error('no scripts')) };

const plan = async (text: string, files: Files = {}) =>
  makePlan(await readFrom({ file: 'forehand.yaml', text: POOL + text }, { files }), noScripts);

const matches = async (text: string) =>
  (await plan(text)).routes.map(({ name, match, chain }) => [name, match, chain]);

describe('hosts', () => {
  it('are the same as a mapping and as a list', async () => {
    const named = await readText(`${POOL}hosts: { WWW.Example.com: { pool: web, aliases: [Example.com] } }`);
    const listed = await readText(
      `${POOL}hosts: [{ name: WWW.Example.com, pool: web, aliases: [Example.com] }]`,
    );
    expect(named.config.hosts[0]).toEqual({ ...listed.config.hosts[0], at: 'WWW.Example.com' });
    expect(named.config.hosts[0]).toMatchObject({ name: 'www.example.com', aliases: ['example.com'] });
  });

  it('become routes, with one more for what no location matches', async () => {
    const text =
      'hosts: { a.example: { aliases: [b.example], default: true, unmatched: 403, locations: [{ path: /x, pool: web }, { methods: [POST], respond: {} }] } }';
    const all = { host: 'a.example', aliases: ['b.example'], isDefault: true };
    expect(await matches(text)).toEqual([
      ['a.example/x', { ...all, path: '/x' }, 'web'],
      ['a.example/', { ...all, path: '/', methods: ['POST'] }, ''],
      ['a.example (unmatched)', { ...all, path: '/' }, ''],
    ]);
  });

  it('need no such route where something answers for all', async () => {
    expect((await matches('hosts: { a.example: { pool: web } }')).map(([name]) => name)).toEqual([
      'a.example/',
    ]);
  });

  it('leave nothing for the only pool unless a route leads there', async () => {
    expect((await readText(`${POOL}hosts: { a.example: { pool: web } }`)).config.routes).toEqual([]);
    const added = [{ name: 'a.example', text: '{"pool":"web"}' }];
    const { config } = await readFrom({ file: 'forehand.yaml', text: POOL, hosts: added });
    expect(config.routes).toEqual([{ pool: 'web' }]);
    expect(config.hosts).toHaveLength(1);
  });

  it('hand down times, limits and rules to their locations', async () => {
    const { routes } = await plan(`hosts:
  a.example:
    timeouts: { request: 1s, tunnel: 2s }
    limits: { inFlight: 3 }
    allow: [10.0.0.0/8]
    requestHeaders: { set: { A: "1" } }
    locations:
      - { path: /, pool: web, timeouts: { tunnel: 5s }, deny: [10.0.0.1], requestHeaders: { set: { B: "2" } } }
`);
    expect(routes[0]?.settings).toMatchObject({ timeouts: { request: 1000, tunnel: 5000 }, inFlight: 3 });
    expect(routes[0]?.rules.access).toEqual([
      { allow: ['10.0.0.0/8'], deny: [] },
      { allow: [], deny: ['10.0.0.1'] },
    ]);
    expect(routes[0]?.rules.requestHeaders.map(({ set }) => set)).toEqual([{ A: '1' }, { B: '2' }]);
  });

  it('take paths in their simplest form and refuse encoded slashes, where routes do neither', async () => {
    const { routes } = await plan('routes: [{ pool: web }]\nhosts: { a.example: { pool: web } }');
    expect(routes.map(({ rules }) => [rules.path.isResolved, rules.path.refusesEncodedSlashes])).toEqual([
      [false, false],
      [true, true],
    ]);
  });

  it('find the nearest page', async () => {
    const text = `errorPages: { "404": ./root.html, "5xx": ./root.txt }
hosts: { a.example: { pool: web, errorPages: { "404": ./host.html } } }`;
    const cwd = process.cwd();
    const { routes } = await plan(text, {
      [`${cwd}/root.html`]: 'root',
      [`${cwd}/root.txt`]: 'text',
      [`${cwd}/host.html`]: 'host',
    });
    expect(routes[0]?.rules.errorPages).toEqual({
      404: { contentType: 'text/html; charset=utf-8', body: 'host' },
      '5xx': { contentType: 'text/plain; charset=utf-8', body: 'text' },
    });
  });

  it('are joined from several files', async () => {
    const cwd = process.cwd();
    const files = { [`${cwd}/more.yaml`]: 'hosts: { b.example: { pool: web }, a.example: { pool: web } }' };
    const text = `${POOL}include: more.yaml\nhosts: { a.example: { pool: web } }`;
    const problems = await problemsIn(readFrom({ file: 'forehand.yaml', text }, { files }));
    expect(problems.map(brief)).toEqual(['1:36 host `a.example` is there already, in forehand.yaml:3']);
  });

  it('are warned of where nothing ever falls through to their local answer', async () => {
    const { warnings } = await plan('routes: [{ pool: web, respond: { body: sorry } }]');
    expect(warnings.map(brief)).toEqual([expect.stringContaining('`respond` answers nothing')]);
    expect((await plan('routes: [{ pool: web, whenEmpty: local, respond: {} }]')).warnings).toEqual([]);
  });

  it('show no hash of a password', async () => {
    const hash = 'scrypt$32768$8$3$xwVcPtko47jSdpgo4c1DxQ==$nnGGnTW6YHgbxrRatRdmLOBGtD4BAHzdHNwDlzMwT44=';
    const auth = `auth: { users: [{ name: anna, hash: "${hash}" }] }`;
    const { config } = await readText(
      `${POOL}routes: [{ pool: web, ${auth} }]\nhosts: { a.example: { ${auth}, locations: [{ pool: web, ${auth} }] } }`,
    );
    expect(JSON.stringify(shownConfig(config))).not.toContain('nnGGnT');
    expect(JSON.stringify(shownConfig(config)).match(/"hash":"\*\*\*"/g)).toHaveLength(3);
  });
});

describe('a pattern for paths', () => {
  it('takes time by the length of the path alone', () => {
    const pattern = '^/([^/]+)/([^/]+)/(.*)x$';
    expect(patternFault(pattern, 512)).toBeUndefined();
    expect(patternFault('^/(.*)/(.*)$', 512)).toContain('one ".*" is allowed');
    expect(patternFault('^/(.*)/(.*)$')).toBeUndefined();
  });
});

it.each([
  ['hosts', 'hosts: [{ name: a.example.com, respond: { status: 204 } }]\n'],
  ['routes', "routes: [{ path: /, redirect: { to: 'https://www.example.com{path}' } }]\n"],
])('%s that answer by themselves need no pools', async (_, text) => {
  const { config } = await readText(text);
  expect(config.pools).toEqual({});
});
