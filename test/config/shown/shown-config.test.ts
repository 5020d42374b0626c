import { expect, it } from 'vitest';
import { shownConfig } from '../../../src/config/shown/shown-config.ts';
import { aCertificate } from '../../support/a-certificate.ts';
import { type Files, readFrom } from '../support.ts';

const own = aCertificate();
const FILES: Files = {
  '/c/own.crt': own.cert,
  '/c/own.key': own.key,
  '/c/secret': 's3cret-of-a-file',
  '/c/tickets': Buffer.alloc(48, 1).toString('base64'),
};

const pair = { cert: 'own.crt', key: 'own.key' };

const shown = async (value: object): Promise<unknown> => {
  const { config } = await readFrom({ value, baseDirectory: '/c' }, { files: FILES });
  return JSON.parse(JSON.stringify(shownConfig(config)));
};

it('a configuration is shown with defaults, names of files, and no secret', async () => {
  const value = {
    listen: [
      { address: '127.0.0.1:1', tls: { certificates: [pair], ticketKeys: 'tickets', clientCa: 'own.crt' } },
      '127.0.0.1:2',
    ],
    agents: { listen: 'http://127.0.0.1:1234', token: 's3cret-written' },
    pools: {
      a: {
        servers: ['https://a'],
        tls: { ...pair, ca: 'own.crt', servername: 'a.example.com' },
        credentials: { user: 'me', password: 's3cret-written' },
      },
      b: { servers: ['http://b'], credentials: { user: 'me', passwordFile: 'secret' } },
      c: { servers: ['http://c'], credentials: { bearerFile: 'secret' } },
    },
    routes: [{ pool: 'a' }, { pool: 'b', path: '/b' }, { pool: 'c', path: '/c' }],
  };
  const result = await shown(value);
  expect(result).toMatchObject({
    ...value,
    listen: [value.listen[0], { address: '127.0.0.1:2', http2: false }],
    agents: { listen: ['http://127.0.0.1:1234'], token: '***', rate: 1000 },
    pools: {
      a: {
        servers: [{ id: 'a:443', url: 'https://a' }],
        tls: { verify: true, ...pair, ca: 'own.crt', servername: 'a.example.com' },
        credentials: { user: 'me', password: '***' },
      },
      b: { servers: [{ id: 'b:80' }], tls: { verify: true }, credentials: { passwordFile: 'secret' } },
      c: { servers: [{ id: 'c:80' }], credentials: { bearerFile: 'secret' } },
    },
    timeouts: { connect: 2000 },
  });
  expect(JSON.stringify(result)).not.toMatch(/s3cret-|BEGIN|AQEB/);
});

it('a token of a file is shown as the name of the file', async () => {
  const agents = { listen: ['http://127.0.0.1:1234'], tokenFile: 'secret' };
  const result = await shown({ agents, pools: { web: { servers: ['http://a:1'] } } });
  expect(result).toMatchObject({ agents });
  expect(JSON.stringify(result)).not.toContain('***');
});
