import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.ts';
import { aDoor } from '../support/a-door.ts';
import { eventually } from '../support/eventually.ts';
import { askRaw, connectRaw } from '../support/raw-client.ts';
import { resetNow, startBackend, startRawBackend, whenSaid } from '../support/start-backend.ts';

/** A server that writes down method, target and body of every request it sees. */
const startWitness = async () => {
  const seen: string[] = [];
  const backend = await startBackend(async (req, res) => {
    const body = Buffer.concat(await req.toArray().catch(() => [])).toString('latin1');
    seen.push(`${req.method} ${req.url} ${body}`);
    res.end('ok');
  });
  return { seen, ...(await aDoor({ servers: { a: backend.url } })), backend };
};

const INSIDE = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
const post = (fields: string, body: string): string =>
  `POST /outer HTTP/1.1\r\nHost: a\r\n${fields}\r\n${body}`;

describe('a request that can be read in two ways is refused and nothing of it is forwarded', () => {
  it.each([
    ['both framings', post('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${INSIDE}`)],
    [
      'both, the other way round',
      post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', `0\r\n\r\n${INSIDE}`),
    ],
    ['two different lengths', post(`Content-Length: 0\r\nContent-Length: ${INSIDE.length}\r\n`, INSIDE)],
    ['two equal lengths', post('Content-Length: 2\r\nContent-Length: 2\r\n', 'xx')],
    ['a list of lengths', post('Content-Length: 0, 0\r\n', '')],
    ['a signed length', post('Content-Length: +0\r\n', INSIDE)],
    ['a hexadecimal length', post('Content-Length: 0x1\r\n', INSIDE)],
    ['an empty length', post('Content-Length:\r\n', INSIDE)],
    ['a coding that is not chunked', post('Transfer-Encoding: xchunked\r\n', INSIDE)],
    ['a coding behind chunked', post('Transfer-Encoding: chunked, identity\r\n', `0\r\n\r\n${INSIDE}`)],
    ['a coding before chunked', post('Transfer-Encoding: gzip, chunked\r\n', `0\r\n\r\n${INSIDE}`)],
    ['chunked in quotes', post('Transfer-Encoding: "chunked"\r\n', `0\r\n\r\n${INSIDE}`)],
    ['chunked behind a vertical tab', post('Transfer-Encoding: \x0bchunked\r\n', `0\r\n\r\n${INSIDE}`)],
    ['chunked behind a no-break space', post('Transfer-Encoding: \xa0chunked\r\n', `0\r\n\r\n${INSIDE}`)],
    [
      'two fields of chunked',
      post('Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n', `0\r\n\r\n${INSIDE}`),
    ],
    ['a space before the colon', post('Transfer-Encoding : chunked\r\n', `0\r\n\r\n${INSIDE}`)],
    ['a folded line', post('X: y\r\n Transfer-Encoding: chunked\r\n', INSIDE)],
    [
      'chunked on HTTP/1.0',
      post('Transfer-Encoding: chunked\r\n', `0\r\n\r\n${INSIDE}`).replace('1.1', '1.0'),
    ],
    ['a bare carriage return', post('X: y\rTransfer-Encoding: chunked\r\n', INSIDE)],
    ['a bare line feed in the head', post('X: y\nTransfer-Encoding: chunked\r\n', INSIDE)],
    ['a field without a name', post(': x\r\nContent-Length: 2\r\n', 'xx')],
    ['Connection that names the framing', post('Connection: Content-Length\r\nContent-Length: 2\r\n', 'xx')],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['a target with a space', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n'],
  ])('%s', async (_, request) => {
    const { port, seen, settled } = await startWitness();
    const text = await askRaw(port, request);
    expect(text).toMatch(/^HTTP\/1.1 400 /);
    expect(text.match(/HTTP\/1.1 \d+/g)).toHaveLength(1);
    await settled();
    expect(seen).toEqual([]);
  });
});

describe('a broken chunked body never ends as if it were whole', () => {
  it.each([
    ['a size that is no number', 'zz\r\nx\r\n0\r\n\r\n'],
    ['a negative size', '-1\r\nx\r\n0\r\n\r\n'],
    ['a size beyond 64 bits', 'fffffffffffffffff\r\nx\r\n0\r\n\r\n'],
    ['a size with 0x', '0x1\r\nx\r\n0\r\n\r\n'],
    ['a line feed alone behind the size', '1\nx\r\n0\r\n\r\n'],
    ['more bytes than the size says', '1\r\nxyz\r\n0\r\n\r\n'],
  ])('%s', async (_, body) => {
    const { port, seen, settled } = await startWitness();
    const client = await connectRaw(port);
    client.send(post('Transfer-Encoding: chunked\r\n', chunk('good') + body));
    const { text } = await client.closed();
    expect(text).not.toMatch(/ 200 /);
    await settled();
    expect(seen.filter((line) => line.startsWith('GET'))).toEqual([]);
  });
});

describe('what is forwarded has one reading', () => {
  it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'POST', 'PUT', 'PATCH', 'PROPFIND', 'QUERY'])(
    'a request inside the body of a %s is a body',
    async (method) => {
      const { port, url, seen } = await startWitness();
      const body = INSIDE + INSIDE;
      const fields = 'Host: a\r\nConnection: close\r\n';
      await askRaw(
        port,
        `${method} /c HTTP/1.1\r\n${fields}Transfer-Encoding: chunked\r\n\r\n${chunk(body)}0\r\n\r\n`,
      );
      await askRaw(port, `${method} /l HTTP/1.1\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`);
      await (await fetch(`${url}/after`)).text();
      expect(seen).toEqual([`${method} /c ${body}`, `${method} /l ${body}`, 'GET /after ']);
    },
  );

  it('chunk extensions and trailers do not pass', async () => {
    const heard: string[] = [];
    const backend = await startRawBackend((socket) => {
      whenSaid(socket, (text) => {
        heard[0] = text;
        if (text.endsWith('0\r\n\r\n')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      });
    });
    const { port } = await aDoor({ servers: { a: backend.url } });
    const fields = 'Transfer-Encoding: chunked\r\nTrailer: X-Forwarded-For\r\nConnection: close\r\n';
    await askRaw(port, post(fields, '4;evil=1\r\ngood\r\n0\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n'));
    expect(heard[0]).toMatch(/\r\n\r\n4\r\ngood\r\n0\r\n\r\n$/);
    expect(heard[0]).not.toMatch(/evil|6\.6\.6\.6|trailer/i);
  });

  it('the target never decides where to connect', async () => {
    const { port, seen, backend } = await startWitness();
    for (const target of ['http://169.254.169.254/latest', '//evil.test/x', '/@evil.test'])
      await askRaw(port, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect(seen).toEqual(['GET /latest ', 'GET //evil.test/x ', 'GET /@evil.test ']);
    expect(backend.requests[0]?.headers.host).toBe('169.254.169.254');
  });

  it('bytes behind an upgrade that was refused are no request', async () => {
    const { port, seen } = await startWitness();
    const text = await askRaw(
      port,
      `GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${INSIDE}`,
    );
    expect(text.match(/HTTP\/1.1 \d+/g)).toHaveLength(1);
    expect(seen).toEqual(['GET /up ']);
  });

  it('a server may switch only to what was asked for', async () => {
    const backend = await startRawBackend((socket) => {
      socket.once('data', () =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nSECRET'),
      );
      socket.once('end', () => socket.end());
    });
    const { port, settled, outcomes } = await aDoor({ servers: { a: backend.url } });
    const asked = ['Connection: Upgrade\r\nUpgrade: websocket\r\n', 'Connection: close\r\n'];
    for (const fields of asked) {
      const text = await askRaw(port, `GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`);
      expect(text).toMatch(/^HTTP\/1.1 502 /);
      expect(text).not.toMatch(/SECRET|101/);
    }
    await settled();
    await eventually(() => backend.open === 0);
    expect(outcomes).toHaveLength(2);
  });
});

describe('nothing that comes in ends the process', () => {
  const mutate = (text: string, next: () => number): string => {
    const bytes = Buffer.from(text, 'latin1');
    for (let i = Math.floor(next() * 4); i >= 0; i--)
      bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
    const cut = next() < 0.3 ? Math.floor(next() * bytes.length) : bytes.length;
    return bytes.toString('latin1', 0, cut);
  };

  it('a thousand mutated requests', async () => {
    const { port, url, settled } = await startWitness();
    const { next } = seededRandom(7);
    const seeds = [
      post('Transfer-Encoding: chunked\r\nX-Forwarded-For: 1.1.1.1\r\n', `${chunk('good')}0\r\n\r\n`),
      post('Content-Length: 4\r\nCookie: a=b\r\nconstructor: x\r\n', 'good'),
      'GET /a%2Fb?c HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly',
    ];
    const one = async (): Promise<void> => {
      const client = await connectRaw(port);
      client.send(mutate(seeds[Math.floor(next() * seeds.length)]!, next));
      client.socket.end();
      await client.closed();
    };
    for (let i = 0; i < 1000; i += 50) await Promise.all(Array.from({ length: 50 }, one));
    await settled();
    expect((await fetch(url)).status).toBe(200);
  });

  it('a thousand mutated answers', async () => {
    const { next } = seededRandom(8);
    const seeds = [
      'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nSet-Cookie: a=b\r\n\r\ngood',
      'HTTP/1.1 404 Not\r\nTransfer-Encoding: chunked\r\nconstructor: x\r\n\r\n4\r\ngood\r\n0\r\n\r\n',
      'HTTP/1.1 103 Early\r\nLink: </a>; rel=x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
      'HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly',
    ];
    const backend = await startRawBackend((socket) => {
      socket.once('data', () => {
        socket.write(Buffer.from(mutate(seeds[Math.floor(next() * seeds.length)]!, next), 'latin1'));
        setTimeout(() => (next() < 0.5 ? resetNow(socket) : socket.end()), 2);
      });
    });
    const { port, settled } = await aDoor({
      servers: { a: backend.url },
      timeouts: { responseHeaders: 200 },
    });
    const one = async (): Promise<void> => {
      const upgrade =
        next() < 0.3 ? 'Connection: Upgrade\r\nUpgrade: websocket\r\n' : 'Connection: close\r\n';
      const client = await connectRaw(port);
      client.send(`GET / HTTP/1.1\r\nHost: a\r\n${upgrade}\r\n`);
      const { text } = await client.closed();
      expect(text).toMatch(/^(?:HTTP\/1\.1 \d{3} |$)/);
    };
    for (let i = 0; i < 1000; i += 50) await Promise.all(Array.from({ length: 50 }, one));
    await settled();
  });
});
