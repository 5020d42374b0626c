import { describe, expect, it } from 'vitest';
import { formatProblems } from '../../src/config/shown/format.ts';
import { brief, problemsIn, readText, withPool } from './support.ts';

/** What is read of a text: the part that a key leads to. */
const read = async (text: string, ...keys: readonly (string | number)[]): Promise<unknown> =>
  keys.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    (await readText(text)).config,
  );

const pool = (more: string): string => `pools: { web: { servers: ["http://a:1"], ${more} } }`;
const host = (more: string): string => withPool(`hosts: { a.example: { pool: web, ${more} } }`);
const location = (more: string): string => withPool(`hosts: { a.example: { locations: [{ ${more} }] } }`);
const HASH = 'scrypt$32768$8$3$xwVcPtko47jSdpgo4c1DxQ==$nnGGnTW6YHgbxrRatRdmLOBGtD4BAHzdHNwDlzMwT44=';
const TOKEN = '0123456789abcdef0123456789abcdef';

describe('a short way to write', () => {
  it.each([
    [
      'the one server',
      'pools: { web: { servers: "http://a:1" } }',
      ['pools', 'web', 'servers', 0, 'id'],
      'a:1',
    ],
    ['the one range to accept', pool('accept: 10.0.0.0/8'), ['pools', 'web', 'accept'], ['10.0.0.0/8']],
    ['the one alias', host('aliases: b.example'), ['hosts', 0, 'aliases'], ['b.example']],
    ['the one range to allow', host('allow: 10.0.0.0/8'), ['hosts', 0, 'allow'], ['10.0.0.0/8']],
    ['the one range to deny', host('deny: 10.0.0.0/8'), ['hosts', 0, 'deny'], ['10.0.0.0/8']],
    [
      'the one method',
      location('path: /, pool: web, methods: get'),
      ['hosts', 0, 'locations', 0, 'methods'],
      ['GET'],
    ],
    [
      'the one field to remove',
      host('answerHeaders: { remove: Server }'),
      ['hosts', 0, 'answerHeaders', 'remove'],
      ['Server'],
    ],
    ['the one trusted proxy', withPool('trustedProxies: 10.0.0.1'), ['trustedProxies'], ['10.0.0.1']],
    ['the one admin host', withPool('adminHosts: a.example'), ['adminHosts'], ['a.example']],
  ])('%s is without a list', async (_, text, keys, value) => {
    expect(await read(text, ...keys)).toEqual(value);
  });

  it.each([
    ['true', 'tcp', undefined],
    ['tcp', 'tcp', undefined],
    ['http', 'http', undefined],
    ['/healthz', 'http', '/healthz'],
  ])('checks is `health: %s`', async (written, type, path) => {
    const health = await read(pool(`health: ${written}`), 'pools', 'web', 'health');
    expect(health).toMatchObject({ type, interval: 2000, rise: 2, fall: 3 });
    expect((health as { path?: string }).path).toBe(path);
  });

  it('a class of statuses is 2xx', async () => {
    const status = await read(pool('health: { path: /, status: 2xx }'), 'pools', 'web', 'health', 'status');
    expect(status).toEqual(['200-299']);
  });

  it('the defaults of ejection is `outlier: true`', async () => {
    expect(await read(pool('outlier: true'), 'pools', 'web', 'outlier')).toMatchObject({ failures: 3 });
  });

  it.each([
    ['true', {}],
    ['shop', { cookie: 'shop' }],
  ])('a sticky cookie is `sticky: %s`', async (written, value) => {
    const sticky = await read(pool(`sticky: ${written}`), 'pools', 'web', 'sticky');
    expect(sticky).toMatchObject({ ...value, sameSite: 'Lax', httpOnly: true });
  });

  it.each([
    ['hello', { status: 200, body: 'hello' }],
    ['204', { status: 204 }],
  ])('a fixed answer is `respond: %s`', async (written, value) => {
    const respond = await read(
      location(`path: /, respond: ${written}`),
      'hosts',
      0,
      'locations',
      0,
      'respond',
    );
    expect(respond).toEqual({ ...value, headers: {} });
  });

  it('users of the admin listener is a list of them', async () => {
    const basic = await read(
      withPool(`adminAuth: { basic: [{ name: ops, hash: "${HASH}" }] }`),
      'adminAuth',
      'basic',
    );
    expect(basic).toMatchObject({ realm: 'forehand', users: [{ name: 'ops', hash: HASH, scope: 'write' }] });
  });

  it.each([
    [TOKEN, [{ name: 'token-1', scope: 'read' }]],
    [`[${TOKEN}, x${TOKEN}]`, [{ name: 'token-1' }, { name: 'token-2' }]],
    [`{ token: ${TOKEN}, scope: write }`, [{ name: 'token-1', scope: 'write' }]],
    [`[{ name: ops, token: ${TOKEN} }]`, [{ name: 'ops', scope: 'read' }]],
  ])('tokens of the admin listener is `bearer: %s`', async (written, tokens) => {
    const bearer = await read(withPool(`adminAuth: { bearer: ${written} }`), 'adminAuth', 'bearer');
    expect(bearer).toMatchObject(tokens);
    expect(bearer).toHaveProperty('0.secrets', [TOKEN]);
  });
});

describe('what is written in yet another way', () => {
  it.each([
    [withPool('listen: 8080'), '2:9 expected an address such as "127.0.0.1:8080", got 8080', ''],
    [withPool('listen: [8080]'), '2:10 expected an address such as "127.0.0.1:8080"', ''],
    [withPool('admin: 9091'), '2:8 expected an address such as "127.0.0.1:9091"', ''],
    [withPool('admin: { auth: none }'), '2:8 expected an address', '`adminAuth`'],
    [withPool('adminAuth: none'), '2:12 nobody is asked where `adminAuth` is left out', 'leave it out'],
    [withPool('console: /run/c.sock'), '2:10 expected a socket', 'write `unix:/run/c.sock`'],
    [withPool('trustedProxies: [nobody]'), '2:18 expected a range', '10.0.0.0/8'],
    [withPool('trustedProxies: nobody'), '2:17 expected a range', '10.0.0.0/8'],
    ['pools: { web: { servers: a:1 } }', '1:26 expected the URL of a server', 'write `http://a:1`'],
    ['pools: { web: { servers: [{ id: a }] } }', '1:27 `url` is missing', ''],
    [host('allow: 10.0.0.0/99'), '2:41 expected a range', ''],
    [host('allow: { from: 10.0.0.1 }'), '2:41 expected a list or text, got a mapping', ''],
  ])('is told how to write: %s', async (text, problem, help) => {
    const problems = await problemsIn(readText(text));
    expect(problems.map(brief)).toEqual([expect.stringContaining(problem)]);
    expect(problems.map(({ message, suggestion }) => `${message} ${suggestion}`).join()).toContain(help);
  });

  it.each([
    'adminAuth: { bearer: [71717171717171717171717171] }',
    `adminAuth: { bearer: [${'s3cr3t'.repeat(4)}], odd: 1 }`,
    `adminAuth:\n  odd: 1\n  bearer:\n    - ${'s3cr3t'.repeat(4)}\n    - "${'s3cr3t'.repeat(3)}"\n`,
    `pools: { odd: { sticky: { secret: [${'s3cr3t'.repeat(4)}, s3cr3t] } } }`,
  ])('shows no secret: %s', async (text) => {
    const problems = await problemsIn(readText(text.startsWith('pools') ? text : withPool(text)));
    const shown = formatProblems(problems, { color: false, kept: false });
    expect(problems.length).toBeGreaterThan(0);
    expect(shown).not.toMatch(/s3cr3t|7171/);
  });
});
