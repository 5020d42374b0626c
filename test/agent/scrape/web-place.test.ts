import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebPlace } from '../../../agent/scrape/web-place.ts';

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const thing of open.splice(0)) thing.close();
});

const aServer = async (answer: http.RequestListener) => {
  const server = http.createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connections: net.Socket[] = [];
  server.on('connection', (socket: net.Socket) => connections.push(socket));
  open.push({ close: () => server.close().closeAllConnections() });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections, server };
};

/** Says these bytes to whoever connects, and no more. */
const aTalker = async (...says: string[]) => {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    const words = says.shift();
    if (words !== undefined) socket.end(words);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  open.push({
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const aPlace = (url: string): WebPlace => {
  const place = new WebPlace(new URL(url), { ref: true });
  open.push(place);
  return place;
};

describe('a page of the application', () => {
  it('is asked for as it should be, over one connection', async () => {
    const asked: unknown[] = [];
    const { url, connections } = await aServer(({ method, url, headers }, response) => {
      asked.push([method, url, headers.host, headers.authorization, headers.accept?.split(',')[0]]);
      response.end(`queue ${asked.length}\n`);
    });
    const place = aPlace(url.replace('//', '//us%20er:pass@').concat('/metrics?a=b'));
    expect([await place.read(), await place.read(), await place.read()]).toEqual([
      'queue 1\n',
      'queue 2\n',
      'queue 3\n',
    ]);
    const basic = `Basic ${btoa('us er:pass')}`;
    expect(asked[2]).toEqual(['GET', '/metrics?a=b', url.slice(7), basic, 'application/json']);
    expect(connections).toHaveLength(1);
    expect(place.name).toBe(`${url}/metrics`);
  });

  it('is read whole when it comes in chunks', async () => {
    const large = 'x'.repeat(300_000);
    const { url } = await aServer((_, response) => {
      response.write('queue 1\n');
      response.end(large);
    });
    const place = aPlace(url);
    for (let i = 0; i < 3; i++) expect(await place.read()).toBe(`queue 1\n${large}`);
  });

  it('is asked for again when the kept connection was lost', async () => {
    const { url, connections } = await aServer((_, response) => response.end('queue 1\n'));
    const place = aPlace(url);
    await place.read();
    connections[0]?.resetAndDestroy();
    expect(await place.read()).toBe('queue 1\n');
    expect(connections).toHaveLength(2);
  });

  it('is not asked for again once it was closed', async () => {
    let asked = 0;
    const { url, connections, server } = await aServer((_, response) => {
      asked += 1;
      if (asked === 1) response.end('queue 1\n');
    });
    const place = aPlace(url);
    await place.read();
    const again = once(server, 'request');
    const reading = place.read();
    const refused = expect(reading).rejects.toThrow('no answer');
    await again;
    place.close();
    await refused;
    expect([asked, connections.length]).toEqual([2, 1]);
  });

  it.each([
    [404, {}, 'answered 404, expected 200'],
    [500, {}, 'answered 500, expected 200'],
    [302, { location: 'http://127.0.0.1:1/' }, 'answered 302, and redirects are not followed'],
  ])('is none when the server answers %d', async (status, fields, fault) => {
    const { url } = await aServer((_, response) => response.writeHead(status, fields).end('x'));
    const place = aPlace(url);
    await expect(place.read()).rejects.toThrow(fault);
    await expect(place.read()).rejects.toThrow(fault);
  });

  it('is not waited for longer than a second, whether nothing comes or a little at a time', async () => {
    const { url } = await aServer((request, response) => {
      if (request.url === '/slow') {
        const drip = setInterval(() => response.write('x'), 20);
        response.on('close', () => clearInterval(drip));
      }
    });
    const started = performance.now();
    const late = ['/never', '/slow'].map((path) => aPlace(url + path).read());
    for (const reading of late) await expect(reading).rejects.toThrow('no answer within 1000 ms');
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it('of more than a megabyte is cut off', async () => {
    const { url } = await aServer((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(100_000)));
      };
      response.on('drain', more);
      more();
    });
    await expect(aPlace(url).read()).rejects.toThrow('more than 1048576 bytes');
  });

  it.each([
    ['nothing', [''], 'no answer'],
    ['another protocol', ['SSH-2.0-x\r\n\r\n'], 'not an answer in HTTP/1'],
    ['half an answer', ['HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx'], 'ended before the answer did'],
  ])('is none when the server says %s', async (_, says, fault) => {
    await expect(aPlace(await aTalker(...says)).read()).rejects.toThrow(fault);
  });

  it('is none when nobody listens, and says why', async () => {
    const { url, server } = await aServer(() => undefined);
    await once(server.close(), 'close');
    await expect(aPlace(url).read()).rejects.toThrow('ECONNREFUSED');
  });
});
