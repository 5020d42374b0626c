import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpPublisher } from '../../src/state/http-publish.ts';
import { aReport, TOKEN } from './support.ts';

const servers: Server[] = [];
const publishers: HttpPublisher[] = [];
afterEach(async () => {
  await Promise.all(publishers.splice(0).map((publisher) => publisher.close()));
  for (const server of servers.splice(0)) server.closeAllConnections();
});

/** A proxy of the days before streams. */
const proxy = async (listener: RequestListener): Promise<{ server: Server; url: string }> => {
  const server = createServer((request, response) => {
    if (request.method === 'GET') response.writeHead(404).end('{"error":{"code":"not_found","message":""}}');
    else listener(request, response);
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};
const publisherAt = (url: string, options: { token?: string; timeout?: number } = {}): HttpPublisher => {
  const publisher = new HttpPublisher({ url: new URL(url), ...options });
  publishers.push(publisher);
  return publisher;
};

describe('HttpPublisher', () => {
  it('posts the report as JSON with its token', async () => {
    const requests: IncomingMessage[] = [];
    const { url } = await proxy((request, response) => {
      requests.push(request);
      response.writeHead(204).end();
    });
    await publisherAt(`${url}/edge/`, { token: TOKEN }).publish(aReport());
    expect(requests[0]).toMatchObject({ method: 'POST', url: '/edge/v1/reports' });
    expect(requests[0]?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
      'content-length': String(JSON.stringify(aReport()).length),
    });
  });

  it('sends no authorization without a token', async () => {
    const { url } = await proxy((request, response) => {
      response.writeHead(request.headers.authorization === undefined ? 204 : 500).end();
    });
    await publisherAt(url).publish(aReport());
  });

  it('keeps one connection for all reports', async () => {
    const ports = new Set<number | undefined>();
    const { url } = await proxy((request, response) => {
      ports.add(request.socket.remotePort);
      response.writeHead(204).end();
    });
    const publisher = publisherAt(url);
    for (let seq = 1; seq <= 5; seq++) await publisher.publish(aReport({ seq }));
    expect(ports.size).toBe(1);
  });

  it('says what the proxy said against a report, and forgets it after the next good one', async () => {
    const answers = [409, 204];
    const { url } = await proxy((_, response) => {
      response
        .writeHead(answers.shift() ?? 500)
        .end(JSON.stringify({ error: { code: 'replayed', message: 'report 1 is old' } }));
    });
    const publisher = publisherAt(url);
    const message = `${url}: 409 replayed: report 1 is old`;
    await expect(publisher.publish(aReport())).rejects.toMatchObject({ code: 'replayed', message });
    expect(publisher.health()).toEqual({ up: false, detail: message });
    await publisher.publish(aReport());
    expect(publisher.health()).toEqual({ up: true, detail: `${url}: reports are taken (posts)` });
  });

  it.each([
    ['a web page', 404, '<html>not here</html>'],
    ['a redirect', 302, ''],
    ['JSON of something else', 500, '{"error":"no"}'],
    ['null', 500, 'null'],
    ['more than anybody asked for', 500, 'x'.repeat(200_000)],
  ])('knows %s for something else than a proxy', async (_, status, body) => {
    const { url } = await proxy((__, response) => {
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(body);
    });
    await expect(publisherAt(url).publish(aReport())).rejects.toMatchObject({
      code: 'bad_answer',
      message: `${url}: ${status}, which is not the answer of a forehand proxy`,
    });
  });

  it.each([
    ['no answer', () => undefined],
    ['an answer that does not end', (response: { flushHeaders(): void }) => response.flushHeaders()],
  ])('gives up after its time on %s', async (_, act) => {
    const { url } = await proxy((__, response) => act(response));
    const publisher = publisherAt(url, { timeout: 50 });
    await expect(publisher.publish(aReport())).rejects.toMatchObject({
      code: 'timeout',
      message: `${url}: no answer within 50 ms`,
    });
  });

  it('does not send what no proxy would take', async () => {
    let requests = 0;
    const { url } = await proxy((_, response) => {
      requests += 1;
      response.writeHead(204).end();
    });
    const report = aReport({ node: 'x'.repeat(70_000) });
    await expect(publisherAt(url).publish(report)).rejects.toThrow(
      /the report has 70\d{3} bytes; at most 65536/,
    );
    expect(requests).toBe(0);
  });

  it('says that nobody is there, and works once somebody is', async () => {
    const { server, url } = await proxy((_, response) => {
      response.writeHead(204).end();
    });
    server.close();
    await once(server, 'close');
    const publisher = publisherAt(url);
    await expect(publisher.publish(aReport())).rejects.toMatchObject({ code: 'unreachable' });
    expect(publisher.health()).toMatchObject({ up: false });
    server.listen(Number(new URL(url).port), '127.0.0.1');
    await once(server, 'listening');
    await publisher.publish(aReport());
  });

  it('gives up a report under way when it is closed', async () => {
    const { server, url } = await proxy(() => undefined);
    const publisher = publisherAt(url);
    const sent = publisher.publish(aReport());
    const refused = expect(sent).rejects.toMatchObject({ code: 'closed' });
    await once(server, 'request');
    await publisher.close();
    await refused;
  });

  it('only sends', async () => {
    const publisher = publisherAt('http://127.0.0.1:1');
    await expect(publisher.subscribe()).rejects.toThrow('only sends');
    expect(publisher.snapshot()).toEqual([]);
  });
});
