import { describe, expect, it } from 'vitest';
import { anEngine, TRANSPORTS } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { oneReading } from '../support/one-reading.ts';
import { askRaw, connectRaw } from '../support/raw-client.ts';
import { startRawBackend, whenSaid } from '../support/start-backend.ts';
import { answerTo, startWitness } from '../support/start-witness.ts';

const get = (path: string, lines = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${lines}\r\n`;
const post = (path: string, content: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${content.length}\r\n\r\n${content}`;
const chunked = (path: string, content: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${content.length.toString(16)}\r\n${content}\r\n0\r\n\r\n`;
const BAD = 'GET /bad HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n';

const contents = (text: string): readonly string[] =>
  oneReading('response', text).map(({ startLine, content }) => content || startLine.slice(9, 12));

/** RFC 9112, 9.3.2. */
describe.each(TRANSPORTS)('requests sent ahead on %s', (transport) => {
  const start = async (answer: Parameters<typeof startWitness>[0] = answerTo) => {
    const witness = await startWitness(answer);
    return { witness, ...(await anEngine({ transport, servers: { a: witness.url } })) };
  };

  it('are answered in their order, content between them and all', async () => {
    const { port, witness } = await start();
    const client = await connectRaw(port);
    client.send(get('/1') + post('/2', 'two') + chunked('/3', 'three') + get('/4') + post('/5', get('/x')));
    const text = await client.hears(/\(POST \/5\)/);
    expect(contents(text)).toEqual(['(GET /1)', '(POST /2)', '(POST /3)', '(GET /4)', '(POST /5)']);
    expect(witness.seen).toEqual([
      'GET /1 ',
      'POST /2 two',
      'POST /3 three',
      'GET /4 ',
      `POST /5 ${get('/x')}`,
    ]);
    witness.hasOneReading();
  });

  it('go to a server one after the other: none before the answer to the one before', async () => {
    const held: (() => void)[] = [];
    const { port, witness } = await start((message) => {
      held.push(() => undefined);
      return held.length === 1 ? '' : answerTo(message);
    });
    const client = await connectRaw(port);
    client.send(get('/1') + get('/2'));
    await eventually(() => witness.seen.length === 1);
    client.send(get('/3'));
    expect(witness.seen).toEqual(['GET /1 ']);
    client.socket.destroy();
    await eventually(() => witness.backend.open === 0);
    expect(witness.seen).toEqual(['GET /1 ']);
  });

  it.each([2, 10, 300])('are all answered: %i of them', async (count) => {
    const { port } = await start();
    const client = await connectRaw(port);
    const paths = Array.from({ length: count }, (_, i) => `/${i}`);
    client.send(paths.map((path) => get(path)).join(''));
    const text = await client.hears(new RegExp(`\\(GET /${count - 1}\\)$`));
    expect(contents(text)).toEqual(paths.map((path) => `(GET ${path})`));
  });

  it('that are bad are refused after the good ones are answered, and nothing behind them is read', async () => {
    const { port, witness } = await start();
    const text = await askRaw(port, get('/1') + get('/2') + BAD + get('/3'));
    expect(text.match(/HTTP\/1\.1 (\d+)/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400']);
    expect(witness.seen).toEqual(['GET /1 ', 'GET /2 ']);
  });

  it('behind Connection: close are not read', async () => {
    const { port, witness } = await start();
    const text = await askRaw(port, get('/1') + get('/2', 'Connection: close\r\n') + get('/3'));
    expect(text.match(/\(GET \/\d\)/g)).toEqual(['(GET /1)', '(GET /2)']);
    expect(witness.seen).toEqual(['GET /1 ', 'GET /2 ']);
  });

  it('behind HTTP/1.0 without keep-alive are not read', async () => {
    const { port, witness } = await start();
    expect(await askRaw(port, get('/1').replace('1.1', '1.0') + get('/2'))).toMatch(/\(GET \/1\)$/);
    expect(witness.seen).toEqual(['GET /1 ']);
  });

  it('behind HTTP/1.0 with keep-alive are answered', async () => {
    const { port } = await start();
    const client = await connectRaw(port);
    client.send(get('/1', 'Connection: keep-alive\r\n').replace('1.1', '1.0') + get('/2'));
    expect(await client.hears(/\(GET \/2\)$/)).toMatch(
      /^HTTP\/1\.1 200 OK[\s\S]*\r\nConnection: keep-alive\r\n/,
    );
  });

  it('behind one that its server ends with the connection are not read', async () => {
    const { port, witness } = await start((_, socket) => {
      setImmediate(() => socket.end());
      return 'HTTP/1.1 200 OK\r\n\r\nuntil close';
    });
    expect(await askRaw(port, get('/1') + get('/2'))).toMatch(/until close$/);
    expect(witness.seen).toEqual(['GET /1 ']);
  });

  it('behind one whose answer breaks off are not read', async () => {
    const { port, witness } = await start((_, socket) => {
      setImmediate(() => socket.destroy());
      return 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut';
    });
    const client = await connectRaw(port);
    client.send(get('/1') + get('/2'));
    expect(await client.closed()).toMatchObject({ reset: true, text: expect.stringMatching(/cut$/) });
    expect(witness.seen).toEqual(['GET /1 ']);
  });

  it('stop being read when too many wait, and go on when there is room', async () => {
    let release = (): void => undefined;
    const { port, witness } = await start((message, socket) => {
      if (!message.startLine.includes('/first')) return answerTo(message);
      release = () => void socket.write(answerTo(message));
      return '';
    });
    const client = await connectRaw(port);
    const padded = get('/padded', `X: ${'x'.repeat(8000)}\r\n`);
    client.send(get('/first') + padded.repeat(200) + get('/last'));
    await eventually(() => witness.seen.length === 1);
    release();
    const text = await client.hears(/\(GET \/last\)$/);
    expect(text.match(/\(GET \/padded\)/g)).toHaveLength(200);
  });

  it('never get the answer of another, whatever servers and clients do at the same time', async () => {
    const backend = await startRawBackend((socket) => {
      let answered = 0;
      whenSaid(socket, (text) => {
        const asked = [...text.matchAll(/GET (\S+) /g)];
        for (const [, path = ''] of asked.slice(answered)) {
          answered += 1;
          setImmediate(() =>
            socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`),
          );
        }
      });
    });
    const { port } = await anEngine({ transport, servers: { a: backend.url } });
    const ask = async (name: string): Promise<void> => {
      const client = await connectRaw(port);
      const paths = Array.from({ length: 20 }, (_, i) => `/${name}/${i}`);
      for (const path of paths) client.send(get(path));
      const text = await client.hears(new RegExp(`/${name}/19$`));
      expect(contents(text)).toEqual(paths);
    };
    await Promise.all(Array.from({ length: 20 }, (_, i) => ask(`client${i}`)));
  });
});
