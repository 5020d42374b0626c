import { describe, expect, it } from 'vitest';
import { formatProblems } from '../../src/config/shown/format.ts';
import { shownConfig } from '../../src/config/shown/shown-config.ts';
import { ConfigError } from '../../src/core/errors.ts';
import { aCertificate } from '../support/a-certificate.ts';
import { brief, type Files, problemsIn, readFrom, withPool } from './support.ts';

const MAIN = '/etc/forehand/forehand.yaml';
const { cert, key } = aCertificate({ names: ['admin.example.com'] });
const HASH = `scrypt$1024$8$1$${Buffer.alloc(16, 1).toString('base64')}$${Buffer.alloc(32, 2).toString('base64')}`;
const TOKEN = 'a-token-of-many-characters';

const FILES: Files = {
  '/etc/forehand/admin.crt': cert,
  '/etc/forehand/admin.key': key,
  '/etc/forehand/hash': `${HASH}\n`,
  '/etc/forehand/token': `${TOKEN}\nan-older-token-of-many\n`,
  '/etc/forehand/nonsense': 'nothing of the kind',
};

const read = (more: string, files: Files = {}) =>
  readFrom({ file: MAIN }, { files: { [MAIN]: withPool(more), ...FILES, ...files } });

const problems = async (more: string): Promise<readonly string[]> =>
  (await problemsIn(read(more))).map(brief);

describe('adminAuth', () => {
  it('has users with hashes, from the text or a file', async () => {
    const { config, warnings } = await read(`adminAuth:
  basic: { users: [{ name: ops, hash: "${HASH}" }, { name: eve, hashFile: hash, scope: read }] }
`);
    expect(warnings).toEqual([]);
    expect(config.adminAuth).toEqual({
      basic: {
        realm: 'forehand',
        users: [
          { name: 'ops', hash: HASH, scope: 'write' },
          { name: 'eve', hash: HASH, hashFile: 'hash', scope: 'read' },
        ],
      },
    });
  });

  it('has tokens, several of one name in a file', async () => {
    const { config } = await read(`adminAuth:
  bearer: [{ name: prometheus, tokenFile: token }, { name: ci, token: another-token-of-many, scope: write }]
`);
    expect(config.adminAuth?.bearer).toEqual([
      { name: 'prometheus', secrets: [TOKEN, 'an-older-token-of-many'], tokenFile: 'token', scope: 'read' },
      { name: 'ci', secrets: ['another-token-of-many'], scope: 'write' },
    ]);
  });

  it('has authorities and a proxy', async () => {
    const { config } = await read(`admin: "0.0.0.0:9090"
adminTls: { cert: admin.crt, key: admin.key }
adminHosts: [admin.example.com, "10.0.0.5"]
adminAuth:
  certificates: { ca: admin.crt, write: [ops] }
  proxy: { from: [10.0.0.7], groupsHeader: X-Forwarded-Groups, write: [admins] }
`);
    expect(config.adminAuth).toEqual({
      certificates: { ca: cert, caFile: 'admin.crt', write: ['ops'] },
      proxy: {
        header: 'X-Forwarded-User',
        from: ['10.0.0.7'],
        groupsHeader: 'X-Forwarded-Groups',
        write: ['admins'],
      },
    });
    expect(config.adminTls).toEqual({ cert, certFile: 'admin.crt', key, keyFile: 'admin.key' });
    expect(config.adminHosts).toEqual(['admin.example.com', '10.0.0.5']);
  });

  it.each([
    [
      'admin: "0.0.0.0:9090"',
      '2:8 the admin address 0.0.0.0:9090 is open to others, and it asks nobody who they are',
    ],
    ['admin: "0.0.0.0:9090"\nadminAuth: {}', '3:1 `adminAuth` lets nobody in'],
    ['adminAuth: { bearer: [{ name: a }] }', '2:23 there is neither `token` nor `tokenFile`'],
    [
      `adminAuth: { basic: { users: [{ name: a, hash: "${HASH}", hashFile: hash }] } }`,
      `2:${`adminAuth: { basic: { users: [{ name: a, hash: "${HASH}", `.length + 1} there are both \`hash\` and \`hashFile\`; keep one of them`,
    ],
    [
      'adminAuth: { basic: { users: [{ name: a, hash: secret }] } }',
      '2:48 expected a hash as `forehand hash-password` prints it',
    ],
    [
      'adminAuth: { basic: { users: [{ name: a, hashFile: nonsense }] } }',
      '2:52 /etc/forehand/nonsense holds no hash of `forehand hash-password`',
    ],
    ['adminAuth: { certificates: { ca: admin.crt } }', '2:14 `certificates` needs `adminTls`'],
    [
      `adminAuth: { bearer: [{ name: a, token: ${TOKEN} }, { name: b, tokenFile: token }] }`,
      `2:${`adminAuth: { bearer: [{ name: a, token: ${TOKEN} }, { name: b, tokenFile: `.length + 1} this token is that of \`adminAuth.bearer[0].token\` already`,
    ],
    [
      `adminAuth: { bearer: [{ name: a, token: ${TOKEN} }, { name: a, token: ${TOKEN}2 }] }`,
      `2:${`adminAuth: { bearer: [{ name: a, token: ${TOKEN} }, { name: `.length + 1} the name \`a\` is that of adminAuth.bearer[0] already`,
    ],
    [
      'adminAuth: { proxy: { from: ["0.0.0.0/0"] } }',
      '2:30 0.0.0.0/0 is everybody, who could then say to be anybody',
    ],
    [
      `adminAuth: { basic: { realm: "a\\r\\nSet-Cookie: x", users: [{ name: a, hash: "${HASH}" }] } }`,
      '2:30 expected 1 to 64 characters without quotes, backslashes and control characters',
    ],
    [
      `adminAuth: { basic: { users: [{ name: "a\\nb", hash: "${HASH}" }] } }`,
      '2:39 a user has no colon and no control characters in the name',
    ],
    [
      'adminAuth: { proxy: { header: "X-User: root", from: [10.0.0.1] } }',
      '2:31 expected the name of a header field',
    ],
    ['group: www', '2:1 `group` needs `user`'],
    [
      'console: "127.0.0.1:9000"',
      '2:10 expected a socket by its whole path, such as unix:/run/forehand/console.sock, got "127.0.0.1:9000"',
    ],
    ['console: unix:/a.sock\nadmin: unix:/a.sock', '2:10 unix:/a.sock is taken by `admin` already'],
    ['adminHosts: ["https://a"]', '2:14 expected a name without scheme and port, got "https://a"'],
    ['user: "a b"', '2:7 expected the name of an account'],
  ])('refuses %s', async (text, problem) => {
    expect(await problems(text)).toContain(problem);
  });

  it.each([
    [
      `admin: "0.0.0.0:9090"\nadminAuth: { bearer: [{ name: a, token: ${TOKEN} }] }`,
      'tokens for the admin address 0.0.0.0:9090 go over the network in the clear',
    ],
    [
      `admin: "[::]:9090"\nadminAuth: { basic: { users: [{ name: a, hash: "${HASH}" }] } }`,
      'passwords for the admin address [::]:9090 go over the network in the clear',
    ],
    [
      'adminAuth: { bearer: [{ name: a, token: short }] }',
      'a token of fewer than 16 characters can be guessed',
    ],
    [
      'admin: false\nadminAuth: { proxy: { from: [10.0.0.1] } }',
      '`adminAuth` is for the admin listener, which is off',
    ],
  ])('warns of %s', async (text, message) => {
    const { warnings } = await read(text);
    expect(warnings.map((warning) => warning.message)).toContain(message);
  });

  it.each(['127.0.0.1:9090', '[::1]:9090', 'localhost:9090', 'unix:/run/a.sock'])(
    'may be left out at %s',
    async (admin) => {
      expect((await read(`admin: "${admin}"`)).warnings).toEqual([]);
    },
  );

  it('takes hashes only that do not exhaust the proxy', async () => {
    for (const costs of [
      '1048576$8$1',
      '32768$8$99',
      '1000$8$1',
      '512$8$1',
      '1024$0$1',
      '16384$999$1',
      '1024$8$0',
    ])
      expect(
        await problems(
          `adminAuth: { basic: { users: [{ name: a, hash: "${HASH.replace('1024$8$1', costs)}" }] } }`,
        ),
        costs,
      ).toEqual(['2:48 expected a hash as `forehand hash-password` prints it']);
  });

  it('makes a relative pidFile relative to the file it stands in', async () => {
    expect((await read('pidFile: run/forehand.pid')).config.pidFile).toBe('/etc/forehand/run/forehand.pid');
  });
});

describe('the secrets of adminAuth', () => {
  it('are in no shown configuration', async () => {
    const { config } = await read(`adminTls: { cert: admin.crt, key: admin.key }
adminAuth:
  basic: { users: [{ name: ops, hash: "${HASH}" }, { name: eve, hashFile: hash }] }
  bearer: [{ name: a, tokenFile: token }, { name: b, token: another-token-of-many }]
  certificates: { ca: admin.crt }
`);
    const shown = JSON.stringify(shownConfig(config));
    for (const secret of [HASH, TOKEN, 'an-older-token-of-many', 'another-token-of-many', key, cert])
      expect(shown).not.toContain(JSON.stringify(secret).slice(1, -1));
    expect(shown).toContain('"hashFile":"hash"');
    expect(shown).toContain('"tokenFile":"token"');
    expect(shown).toContain('"hash":"***"');
    expect(shown).toContain('"token":"***"');
  });

  it.each([
    `adminAuth: { basic: { users: [{ name: a, hash: "${HASH}", scope: all }] } }`,
    `adminAuth: { basic: { users: [{ name: a, hash: ${HASH}x }] } }`,
    `adminAuth:\n  basic:\n    users:\n      - name: a\n        hash: ${HASH}\n        scoop: read`,
    `adminAuth: { bearer: [{ name: a b, token: ${TOKEN} }] }`,
    `adminAuth: { bearer: [{ name: a, token: "${TOKEN} two words" }] }`,
  ])('are in no frame of a message: %s', async (text) => {
    const thrown = await read(text).catch((error: unknown) => error);
    if (!(thrown instanceof ConfigError)) throw new Error('it was taken');
    const frames = formatProblems(thrown.problems, { color: false });
    expect(frames).toContain('^');
    expect(frames).not.toContain(TOKEN);
    expect(frames).not.toContain(HASH.slice(20, 50));
    expect(JSON.stringify(thrown.problems)).not.toContain(HASH.slice(20, 50));
  });
});
