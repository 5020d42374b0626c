// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the configuration are what is tested

import { describe, expect, it } from 'vitest';
import { aCertificate } from '../support/a-certificate.ts';
import { brief, type Files, problemsIn, readFrom } from './support.ts';

const MAIN = '/etc/forehand/forehand.yaml';
const own = aCertificate();
const authority = aCertificate({ names: ['authority'] });

const FILES: Files = {
  '/etc/forehand/own.crt': own.cert,
  '/etc/forehand/own.key': own.key,
  '/etc/forehand/ca.crt': authority.cert,
  '/etc/forehand/secret': '\ns3cret word\n',
  '/etc/forehand/bearer': 's3cret\n',
};

const textWith = (more: string): string => `pools:\n  web:\n    servers: [https://a]\n${more}`;

const read = (more: string, env: Readonly<Record<string, string>> = {}) =>
  readFrom({ file: MAIN }, { files: { [MAIN]: textWith(more), ...FILES }, env });

describe('the connections of a pool', () => {
  it('are as nobody said anything of them', async () => {
    const { config } = await read('');
    expect(config.pools['web']).toEqual({
      servers: [{ id: 'a:443', url: 'https://a', tags: [] }],
      accept: [],
      chain: 'default',
      whenEmpty: 'undo',
      queue: { size: 128, timeout: 5000 },
      warmup: 0,
      validate: 'never',
      ping: 'tcp',
      tls: { verify: true },
      probes: { path: '/.well-known/forehand/load', timeout: 20 },
    });
  });

  it.each([
    ['maxConnections: 64', { maxConnections: 64 }],
    ['queue: { size: 0 }', { queue: { size: 0, timeout: 5000 } }],
    ['queue: { timeout: 250ms }', { queue: { size: 128, timeout: 250 } }],
    ['warmup: 4', { warmup: 4 }],
    ['validate: always', { validate: 'always' }],
    ['validate: { afterIdle: 30s }', { validate: { afterIdle: 30_000 } }],
    ['{ validate: always, ping: { path: "/up?x=1" } }', { ping: { path: '/up?x=1', timeout: 10_000 } }],
    ['{ validate: always, ping: { path: /, timeout: 1s } }', { ping: { path: '/', timeout: 1000 } }],
    ['tls: { verify: false }', { tls: { verify: false } }],
    ['tls: { servername: app.example.com }', { tls: { verify: true, servername: 'app.example.com' } }],
    ['proxyProtocol: v2', { proxyProtocol: 'v2' }],
  ])('may be told apart: %s', async (keys, expected) => {
    const { config, warnings } = await read(
      keys.startsWith('{')
        ? keys.slice(2, -2).replace(', ping', '\n    ping').replace(/^/, '    ')
        : `    ${keys}`,
    );
    expect(config.pools['web']).toMatchObject(expected);
    expect(warnings).toEqual([]);
  });

  it('may be limited for one server', async () => {
    const { config } = await readFrom({
      value: { pools: { web: { servers: [{ url: 'http://a:1', maxConnections: 3 }], maxConnections: 9 } } },
    });
    expect(config.pools['web']).toMatchObject({ maxConnections: 9, servers: [{ maxConnections: 3 }] });
  });

  it('have the texts of the files that TLS needs', async () => {
    const { config, files } = await read('    tls: { ca: ca.crt, cert: own.crt, key: own.key }');
    expect(config.pools['web']?.tls).toEqual({
      verify: true,
      ca: authority.cert,
      caFile: 'ca.crt',
      cert: own.cert,
      certFile: 'own.crt',
      key: own.key,
      keyFile: 'own.key',
    });
    expect(files).toEqual([MAIN, '/etc/forehand/ca.crt', '/etc/forehand/own.crt', '/etc/forehand/own.key']);
  });

  it('may carry a user and a password, written or in a file or a variable, or a token in a file', async () => {
    const credentialsOf = async (text: string) =>
      (await read(`    credentials: ${text}`, { WORD: 's3cret word' })).config.pools['web']?.credentials;
    const user = { user: 'me', password: 's3cret word' };
    expect(await credentialsOf('{ user: me, password: s3cret word }')).toEqual(user);
    expect(await credentialsOf('{ user: me, password: "${WORD}" }')).toEqual(user);
    expect(await credentialsOf('{ user: me, passwordFile: secret }')).toEqual({
      ...user,
      passwordFile: 'secret',
    });
    expect(await credentialsOf('{ bearerFile: bearer }')).toEqual({ bearer: 's3cret', bearerFile: 'bearer' });
  });
});

describe('connections are refused', () => {
  it.each([
    ['without any', 'maxConnections: 0', '4:21 expected at least 1, got 0'],
    ['with a wait in numbers', 'queue: { timeout: 5 }', '4:23 expected a duration with a unit'],
    ['that are tried now and then', 'validate: sometimes', '4:15 expected `always`, `never` or a mapping'],
    ['that are tried after 0', 'validate: { afterIdle: 0s }', '4:28 expected more than 0'],
    ['tried in another way', 'ping: http', '4:11 expected `tcp` or a mapping, got "http"'],
    ['tried with half a path', 'ping: { path: up }', '4:19 expected a path that starts with /, got "up"'],
    ['tried with two lines', 'ping: { path: "/\\r\\nX: y" }', '4:19 expected a path that starts with /'],
    ['for a name that is an address', 'tls: { servername: 10.0.0.1 }', '4:24 expected a host name, not'],
    ['for no name', 'tls: { servername: "a b" }', '4:24 expected a host name such as app.example.com'],
    ['with a certificate alone', 'tls: { cert: own.crt }', '4:12 there is `cert` without `key`'],
    ['with a key alone', 'tls: { key: own.key }', '4:12 there is `key` without `cert`'],
    [
      'with the key of another',
      'tls: { cert: ca.crt, key: own.key }',
      '4:31 this key does not belong to the certificate',
    ],
    ['with an authority that is none', 'tls: { ca: own.key }', 'own.key holds no certificate in PEM form'],
    [
      'with an authority that is not there',
      'tls: { ca: no.crt }',
      '4:16 cannot read /etc/forehand/no.crt: there is no',
    ],
    ['in another version', 'proxyProtocol: v3', '4:20 expected `v1` or `v2`, got "v3"'],
    ['with more at the start than ever', 'warmup: 9\n    maxConnections: 8', '4:13 `warmup` is more than'],
    ['with no credentials', 'credentials: {}', '4:5 expected `user` with `password` or `passwordFile`'],
    ['with a user alone', 'credentials: { user: me }', '4:5 expected `user` with `password`'],
    ['with a password alone', 'credentials: { password: x }', '4:5 expected `user` with `password`'],
    [
      'with two passwords',
      'credentials: { user: me, password: x, passwordFile: secret }',
      '4:43 there are both `password` and `passwordFile`; keep one of them',
    ],
    [
      'with a user and a token',
      'credentials: { user: me, bearerFile: bearer }',
      '4:30 there is both a user with a password and `bearerFile`; keep one of them',
    ],
    [
      'with a colon in the user',
      'credentials: { user: "a:b", password: x }',
      '4:26 a user has no colon and no control characters',
    ],
    [
      'with a token of two words',
      'credentials: { bearerFile: secret }',
      '4:32 /etc/forehand/secret: a token is of visible ASCII characters',
    ],
    ['with an empty password', 'credentials: { user: a, password: "" }', '4:39 the password is empty'],
    [
      'with the content in place of the file',
      'tls: { key: "-----BEGIN PRIVATE KEY-----", cert: own.crt }',
      '4:17 expected the name of a file, not what is in it',
    ],
  ])('%s', async (_, keys, message) => {
    expect((await problemsIn(read(`    ${keys}`))).map(brief)).toEqual([expect.stringContaining(message)]);
  });

  it('with fewer than `warmup` to one of the servers', async () => {
    const text = 'pools: { web: { servers: [{ url: "http://a:1", maxConnections: 1 }], warmup: 2 } }';
    expect((await problemsIn(readFrom({ file: 'x.yaml', text }))).map(brief)).toEqual([
      '1:78 `warmup` is more than `maxConnections`',
    ]);
  });
});

it('keeping connections that begin with a PROXY header is worth a warning', async () => {
  const { warnings } = await read('    proxyProtocol: v1\n    warmup: 2\n    validate: always');
  const why = 'with `proxyProtocol` each connection is for one request: none is opened ahead or kept';
  expect(warnings.map(brief)).toEqual([`5:5 ${why}`, `6:5 ${why}`]);
});

it('a ping that is never sent is worth a warning', async () => {
  const { warnings } = await read('    ping: { path: / }');
  expect(warnings.map(brief)).toEqual(['4:5 `ping` is never sent: `validate` is `never`']);
});
