import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aDataPlane } from '../support/a-data-plane.ts';
import { TRANSPORTS } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { askRaw, connectRaw } from '../support/raw-client.ts';
import { startBackend } from '../support/start-backend.ts';

const get = (path: string, more = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: www.example.com:81\r\nConnection: close\r\n${more}\r\n`;
const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4);

const HANDLER = `
export default async (request: Request, context) => {
  const { pathname, href } = new URL(request.url);
  if (pathname.endsWith('/throw')) throw new Error('broken');
  if (pathname.endsWith('/echo')) return new Response(request.body);
  if (pathname.endsWith('/never')) return new Promise(() => undefined);
  return Response.json({ href, clientIp: context.clientIp, route: context.route, id: request.headers.get('x-request-id') !== null });
};
`;

/** A proxy with files, a handler and a pool. */
const aSite = async (transport: 'raw' | 'net', more: object = {}) => {
  const { url } = await startBackend((_, res) => res.end('pool'));
  return aDataPlane(
    ({ folder, write }) => {
      mkdirSync(join(folder, 'public/docs'), { recursive: true });
      writeFileSync(join(folder, 'public/index.html'), '<h1>home</h1>');
      writeFileSync(join(folder, 'public/docs/a.txt'), '0123456789');
      write('secret.txt', 'secret');
      write('handler.ts', HANDLER);
      return {
        pools: { web: { servers: [url] } },
        hosts: {
          'www.example.com': {
            locations: [
              { path: '/static/', files: './public' },
              {
                path: '/own/',
                name: 'own',
                handler: './handler.ts',

                limits: { bodyBytes: '1KiB' },
              },
              { path: '/slow/', handler: './handler.ts', timeouts: { responseHeaders: '200ms' } },
              { path: '/', pool: 'web' },
            ],
          },
        },
        ...more,
      };
    },
    { transport },
  );
};

describe.each(TRANSPORTS)('over %s', (transport) => {
  it('files of a folder are answered below their location', async () => {
    const { port } = await aSite(transport);
    expect(bodyOf(await askRaw(port(), get('/static/')))).toContain('<h1>home</h1>');
    const part = await askRaw(port(), get('/static/docs/a.txt', 'Range: bytes=1-2\r\n'));
    expect(part).toMatch(/^HTTP\/1\.1 206 /);
    expect(part).toContain('Content-Range: bytes 1-2/10');
    expect(bodyOf(part)).toBe('12');
    expect(await askRaw(port(), get('/static/docs'))).toContain('Location: ./docs/\r\n');
    expect(bodyOf(await askRaw(port(), get('/else')))).toBe('pool');
  });

  it.each([
    '/static/../secret.txt',
    '/static/%2e%2e/secret.txt',
    '/static/..%2fsecret.txt',
    '/static/%2e%2e%5csecret.txt',
    '/static//secret.txt',
  ])('nothing outside the folder is: %s', async (path) => {
    const { port } = await aSite(transport);
    expect(await askRaw(port(), get(path))).not.toContain('secret\r\n');
    expect(bodyOf(await askRaw(port(), get(path)))).not.toBe('secret');
  });

  it('a handler is told who asked for what', async () => {
    const { port } = await aSite(transport);
    const said = await askRaw(port(), get('/own/x?a=1', 'X-Forehand-Local: 10.0.0.1 https /forged\r\n'));
    expect(said).toContain(
      '{"href":"http://www.example.com:81/own/x?a=1","clientIp":"127.0.0.1","route":"own","id":true}',
    );
  });

  it('a handler is told of long paths, too', async () => {
    const { port } = await aSite(transport);
    const path = `/own/${'x'.repeat(7500)}`;
    const said = await askRaw(port(), get(path, `X-Long: ${'y'.repeat(7000)}\r\n`));
    expect(said).toContain(`"href":"http://www.example.com:81${path}"`);
  });

  it('a handler that throws is a 500, and an event with the line', async () => {
    const { port, said, folder } = await aSite(transport);
    expect(statusOf(await askRaw(port(), get('/own/throw')))).toBe(500);
    expect(statusOf(await askRaw(port(), get('/own/')))).toBe(200);
    const events = said.filter(({ fields }) => fields['event'] === 'handler_fault');
    expect(events.map(({ message }) => message).join()).toContain(`${join(folder, 'handler.ts')}:4:`);
  });

  it('a handler that does not answer is a 504', async () => {
    const { port } = await aSite(transport);
    expect(statusOf(await askRaw(port(), get('/slow/never')))).toBe(504);
  });

  it('a handler gets content up to the limit of its route', async () => {
    const { port } = await aSite(transport);
    const post = (body: string) =>
      `POST /own/echo HTTP/1.1\r\nHost: www.example.com\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    expect(await askRaw(port(), post('hello'))).toContain('hello');
    expect(statusOf(await askRaw(port(), post('x'.repeat(1025))))).toBe(413);
  });

  it('requests on one connection are answered in order', async () => {
    const { port } = await aSite(transport);
    const client = await connectRaw(port());
    const keep = (path: string) => `GET ${path} HTTP/1.1\r\nHost: www.example.com\r\n\r\n`;
    client.send(keep('/static/docs/a.txt') + keep('/own/x') + keep('/else') + keep('/static/docs/a.txt'));
    const text = await client.hears(/0123456789[\s\S]*own\/x[\s\S]*pool[\s\S]*0123456789/);
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(4);
  });

  it('a file that changes is loaded anew', async () => {
    const { port, write, reload, instance } = await aSite(transport);
    write('handler.ts', 'export default () => new Response("second");');
    await eventually(async () => (await instance.reload()).ok, 'it is reloaded');
    expect(await askRaw(port(), get('/own/x'))).toContain('second');
    expect(reload).toBeDefined();
  });

  it('nothing of it stands on the board or under a pool', async () => {
    const { port, traffic } = await aSite(transport);
    await askRaw(port(), get('/own/x'));
    await askRaw(port(), get('/static/docs/a.txt'));
    expect(traffic.servers()).toHaveLength(1);
    expect(traffic.servers()[0]).toMatchObject({ inFlight: 0, forwarded: 0 });
  });
});
