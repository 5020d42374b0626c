import { describe, expect, it } from 'vitest';
import { aCertificate } from '../support/a-certificate.ts';
import { brief, type Files, problemsIn, readFrom, withPool } from './support.ts';

const MAIN = '/etc/forehand/forehand.yaml';
const one = aCertificate({ names: ['www.example.com'] });
const two = aCertificate({ names: ['*.example.com'] });
const TICKET_KEYS = Buffer.alloc(48, 7).toString('base64');

const FILES: Files = {
  '/etc/forehand/one.crt': one.cert,
  '/etc/forehand/one.key': one.key,
  '/srv/two.pem': two.cert + two.key,
  '/etc/forehand/tickets': `${TICKET_KEYS}\n`,
};

const CERTIFICATES = 'certificates: [{ cert: one.crt, key: one.key }]';

const read = (listen: string, more = '', files: Files = {}) =>
  readFrom({ file: MAIN }, { files: { [MAIN]: withPool(`listen: ${listen}\n${more}`), ...FILES, ...files } });

const plain = { http2: false, h2c: false, proxyProtocol: false };

describe('a listener', () => {
  it.each([
    ['an address', '127.0.0.1:1', [{ address: '127.0.0.1:1', ...plain }]],
    ['a mapping', '{ address: "127.0.0.1:1" }', [{ address: '127.0.0.1:1', ...plain }]],
    [
      'a list of both',
      '["unix:/run/f.sock", { address: "127.0.0.1:1", name: inner, h2c: true }]',
      [
        { address: 'unix:/run/f.sock', ...plain },
        { address: '127.0.0.1:1', name: 'inner', ...plain, h2c: true },
      ],
    ],
  ])('may be %s', async (_, listen, expected) => {
    const { config, warnings } = await read(listen);
    expect(config.listen).toEqual(expected);
    expect(warnings).toEqual([]);
  });

  it('has its certificates in it, from the files beside the one that names them', async () => {
    const { config, files, warnings } = await read(
      `{ address: "0.0.0.0:443", http2: true, proxyProtocol: true, tls: { certificates: [
        { cert: one.crt, key: one.key }, { cert: /srv/two.pem, key: /srv/two.pem }],
        ticketKeys: tickets, clientCa: one.crt } }`,
      'trustedProxies: [10.0.0.0/8]',
    );
    expect(warnings).toEqual([]);
    expect(config.listen).toEqual([
      {
        address: '0.0.0.0:443',
        http2: true,
        h2c: false,
        proxyProtocol: true,
        tls: {
          certificates: [
            { cert: one.cert, certFile: 'one.crt', key: one.key, keyFile: 'one.key' },
            {
              cert: FILES['/srv/two.pem'],
              certFile: '/srv/two.pem',
              key: FILES['/srv/two.pem'],
              keyFile: '/srv/two.pem',
            },
          ],
          ticketKeys: TICKET_KEYS,
          ticketKeysFile: 'tickets',
          clientCa: one.cert,
          clientCaFile: 'one.crt',
        },
      },
    ]);
    expect(files).toEqual([
      MAIN,
      '/etc/forehand/one.crt',
      '/etc/forehand/one.key',
      '/srv/two.pem',
      '/etc/forehand/tickets',
    ]);
  });

  it('of a program has its files in the base directory', async () => {
    const value = {
      listen: { address: '127.0.0.1:1', tls: { certificates: [{ cert: 'one.crt', key: 'one.key' }] } },
      pools: { web: { servers: ['http://a:1'] } },
    };
    const { config } = await readFrom({ value, baseDirectory: '/etc/forehand' }, { files: FILES });
    expect(config.listen[0]?.tls?.certificates[0]?.cert).toBe(one.cert);
  });
});

describe('a listener is refused', () => {
  it.each([
    ['without address', '{ name: a }', '2:1 `address` is missing'],
    ['at no address', '[{ address: ":80" }]', '2:21 expected an address such as'],
    [
      'as a URL with TLS',
      'https://127.0.0.1:443',
      'got "https://127.0.0.1:443"; TLS is said beside `address`, with `tls`',
    ],
    ['as a number in a list', '[80]', '2:10 expected an address such as "127.0.0.1:80", got 80'],
    [
      'with an unknown key',
      '{ address: "127.0.0.1:1", proxy_protocol: true }',
      '2:35 unknown key `proxy_protocol`',
    ],
    [
      'at an address that is taken',
      '["127.0.0.1:1", { address: "127.0.0.1:1" }]',
      '2:36 127.0.0.1:1 is taken by `listen` already',
    ],
    [
      'by a name that is taken',
      '[{ address: "127.0.0.1:1", name: a }, { address: "127.0.0.1:2", name: a }]',
      '2:79 the name `a` is that of listen[0] already',
    ],
    ['with HTTP/2 but no TLS', '{ address: "127.0.0.1:1", http2: true }', '2:35 `http2` needs `tls`'],
    [
      'with both HTTP/2 without TLS and TLS',
      `{ address: "127.0.0.1:1", tls: { ${CERTIFICATES} }, h2c: true }`,
      '2:93 `h2c` is HTTP/2 without TLS',
    ],
    ['without certificates', '{ address: "127.0.0.1:1", tls: {} }', '2:35 `certificates` is missing'],
    [
      'with none',
      '{ address: "127.0.0.1:1", tls: { certificates: [] } }',
      '2:56 expected at least 1 entry, got 0',
    ],
  ])('%s', async (_, listen, message) => {
    expect((await problemsIn(read(listen))).map(brief)).toEqual([expect.stringContaining(message)]);
  });

  const withTls = (tls: string): string => `[{ address: "127.0.0.1:1", tls: { ${tls} } }]`;

  it.each<[string, string, Files, string]>([
    [
      'with a certificate that is not there',
      'certificates: [{ cert: no.crt, key: one.key }]',
      {},
      '2:66 cannot read /etc/forehand/no.crt: there is no such file or directory',
    ],
    [
      'with a certificate that is none',
      'certificates: [{ cert: one.key, key: one.key }]',
      {},
      '2:66 /etc/forehand/one.key holds no certificate in PEM form',
    ],
    [
      'with a key that is none',
      'certificates: [{ cert: one.crt, key: one.crt }]',
      {},
      '2:80 /etc/forehand/one.crt holds no private key in PEM form',
    ],
    [
      'with the key of another',
      'certificates: [{ cert: one.crt, key: /srv/two.pem }]',
      {},
      '2:80 this key does not belong to the certificate',
    ],
    [
      'with keys for tickets that are none',
      `${CERTIFICATES}, ticketKeys: one.key`,
      {},
      '2:104 /etc/forehand/one.key does not hold 48 bytes in base64',
    ],
    [
      'with authorities that are none',
      `${CERTIFICATES}, clientCa: tickets`,
      {},
      '2:102 /etc/forehand/tickets holds no certificate in PEM form',
    ],
  ])('%s', async (_, tls, files, message) => {
    expect((await problemsIn(read(withTls(tls), '', files))).map(brief)).toEqual([
      expect.stringContaining(message),
    ]);
  });

  it('for all its faults at once, with those of other keys', async () => {
    const found = await problemsIn(
      read(withTls('certificates: [{ cert: no.crt, key: no.key }]'), 'workers: 0'),
    );
    expect(found.map(brief)).toEqual([
      expect.stringContaining('2:66 cannot read'),
      expect.stringContaining('2:79 cannot read'),
      expect.stringContaining('3:10 expected at least 1'),
    ]);
  });

  it('with its place also where it is the only one, and no list', async () => {
    const found = await problemsIn(
      read(
        '\n  address: "127.0.0.1:1"\n  tls:\n    certificates:\n      - cert: one.crt\n        key: tickets',
      ),
    );
    expect(found.map(brief)).toEqual([expect.stringMatching(/^7:14 .* holds no private key/)]);
  });
});

describe('a warning', () => {
  it('is given for PROXY headers without trusted proxies', async () => {
    const { warnings } = await read('{ address: "127.0.0.1:1", proxyProtocol: true }');
    expect(warnings.map(brief)).toEqual([
      '2:35 there are no `trustedProxies`, so PROXY headers are believed of peers on loopback alone',
    ]);
  });

  it.each([
    ['2000-06-01', 'does not hold before 2020-01-01'],
    ['2095-06-01', 'expired on 2090-01-01'],
    ['2089-12-20', 'expires on 2090-01-01'],
  ])('is given for a certificate that holds from 2020 to 2090, on %s', async (day, message) => {
    const listen = `{ address: "127.0.0.1:1", tls: { ${CERTIFICATES} } }`;
    const { warnings } = await readFrom(
      { file: MAIN },
      {
        files: { [MAIN]: withPool(`listen: ${listen}`), ...FILES },
        now: () => Date.parse(day),
      },
    );
    expect(warnings.map(brief)).toEqual([`2:65 the certificate in /etc/forehand/one.crt ${message}`]);
  });
});
