import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMiddleware } from '../../../src/index.ts';
import { hashPassword } from '../../../src/password/password.ts';
import { startBackend } from '../../support/start-backend.ts';

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly text: string;
}

/** An application with a door in front of it. */
const anApplication = async (config: object) => {
  const door = await createMiddleware(config);
  onTestFinished(() => door.close());
  const server = createServer((req, res) => door.web(req, res, () => res.end('application')));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return (host: string, path: string, headers: Readonly<Record<string, string>> = {}) =>
    new Promise<Answer>((resolve, reject) => {
      request({ port, path, headers: { host, ...headers } }, (res) => {
        let text = '';
        res.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        res.on('end', () => resolve({ status: res.statusCode ?? 0, location: res.headers.location, text }));
      })
        .on('error', reject)
        .end();
    });
};

describe('the rules of hosts in the middleware door', () => {
  it('hold as they do in the proxy', async () => {
    const { url } = await startBackend((req, res) => void res.end(`server ${req.url}`));
    const hash = await hashPassword('secret', { cost: 1024, block: 8, parallel: 1 });
    const ask = await anApplication({
      pools: { web: { servers: [url] } },
      hosts: {
        'a.example': {
          locations: [
            { path: '/api/', pool: 'web', stripPrefix: '/api' },
            { path: '/closed', pool: 'web', deny: ['127.0.0.0/8', '::1'] },
            { path: '/staff', pool: 'web', auth: { users: [{ name: 'anna', hash }] } },
            { path: '/old', redirect: 'https://b.example{path}' },
            { path: '/fixed', respond: { body: 'fixed' } },
          ],
        },
      },
    });
    const authorization = `Basic ${Buffer.from('anna:secret').toString('base64')}`;
    expect(await ask('a.example', '/api/x')).toMatchObject({ status: 200, text: 'server /x' });
    expect(await ask('a.example', '/closed')).toMatchObject({ status: 403 });
    expect(await ask('a.example', '/staff')).toMatchObject({ status: 401 });
    expect(await ask('a.example', '/staff', { authorization })).toMatchObject({ status: 200 });
    expect(await ask('a.example', '/old')).toMatchObject({ status: 308, location: 'https://b.example/old' });
    expect(await ask('a.example', '/fixed')).toMatchObject({ status: 200, text: 'fixed' });
    expect(await ask('a.example', '/nothing')).toMatchObject({ status: 404 });
    expect(await ask('other.example', '/x')).toMatchObject({ text: 'application' });
  });
});
