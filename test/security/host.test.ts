import { describe, expect, it } from 'vitest';
import { anEngine, type EngineFacts, TRANSPORTS } from '../support/an-engine.ts';
import { askRaw, connectRaw } from '../support/raw-client.ts';
import type { StrictMessage } from '../support/read-strictly.ts';
import { startWitness } from '../support/start-witness.ts';

const fieldOf = ({ fields }: StrictMessage, wanted: string): string | undefined =>
  fields.find(([name]) => name === wanted)?.[1];

describe.each(TRANSPORTS)('the host that is asked for, on %s', (transport) => {
  const start = async (facts: Omit<EngineFacts, 'servers' | 'transport'> = {}) => {
    const witness = await startWitness();
    return { witness, ...(await anEngine({ transport, servers: { a: witness.url }, ...facts })) };
  };

  const forwarded = async (request: string): Promise<StrictMessage> => {
    const { port, witness } = await start();
    expect(await askRaw(port, request)).toMatch(/^HTTP\/1\.1 200 /);
    witness.hasOneReading();
    return witness.messages[0]!;
  };

  it.each([
    ['http://b.test/p', 'b.test', '/p'],
    ['http://b.test:8080/p?q', 'b.test:8080', '/p?q'],
    ['http://b.test', 'b.test', '/'],
    ['http://b.test?q', 'b.test', '/?q'],
    ['HTTPS://B.test/p', 'B.test', '/p'],
    ['http://[::1]:80/p', '[::1]:80', '/p'],
    ['http://169.254.169.254/latest', '169.254.169.254', '/latest'],
  ])('of the target %s replaces that of Host, and goes on as a path', async (target, host, path) => {
    const message = await forwarded(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect(message.startLine).toBe(`GET ${path} HTTP/1.1`);
    expect(fieldOf(message, 'host')).toBe(host);
    expect(fieldOf(message, 'x-forwarded-host')).toBe(host);
  });

  it('of the target decides the route: what is routed on is what is forwarded', async () => {
    const { port, witness, finished } = await start({ match: { host: 'shop.test' } });
    const ask = (target: string, host: string) =>
      askRaw(port, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(await ask('http://other.test/', 'shop.test')).toMatch(/^HTTP\/1\.1 404 /);
    expect(await ask('http://shop.test/', 'other.test')).toMatch(/^HTTP\/1\.1 200 /);
    expect(await ask('/', 'SHOP.test:8080')).toMatch(/^HTTP\/1\.1 200 /);
    expect(await ask('/', 'other.test')).toMatch(/^HTTP\/1\.1 404 /);
    expect(witness.messages.map((message) => fieldOf(message, 'host'))).toEqual([
      'shop.test',
      'SHOP.test:8080',
    ]);
    expect(finished.map(({ host }) => host)).toEqual(['other.test', 'shop.test', 'shop.test', 'other.test']);
  });

  it.each(['http://169.254.169.254/latest', '//evil.test/x', '/@evil.test', '/http://evil.test/'])(
    'never decides where to connect: %s',
    async (target) => {
      const { startLine } = await forwarded(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      expect(startLine).toContain(' /');
    },
  );

  it('that HTTP/1.0 does not name is the address that it came to', async () => {
    const { port, witness } = await start();
    await askRaw(port, 'GET / HTTP/1.0\r\n\r\n');
    expect(fieldOf(witness.messages[0]!, 'host')).toBe(`127.0.0.1:${port}`);
  });

  it('changes from request to request on one connection', async () => {
    const { port, witness } = await start();
    const client = await connectRaw(port);
    for (const host of ['a.test', 'b.test', 'b.test:80', 'a.test', 'A.test']) {
      client.send(`GET /${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      await client.hears(new RegExp(`\\(GET /${host.replaceAll('.', '\\.')}\\)$`));
    }
    for (const message of witness.messages) {
      const host = message.startLine.split(' ')[1]!.slice(1);
      expect(fieldOf(message, 'host')).toBe(host);
      expect(fieldOf(message, 'x-forwarded-host')).toBe(host);
    }
  });

  it('of a pipelined request is its own', async () => {
    const { port, witness } = await start();
    const client = await connectRaw(port);
    client.send('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET http://b/2 HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.hears(/\(GET \/2\)/);
    expect(witness.messages.map((message) => fieldOf(message, 'host'))).toEqual(['a', 'b']);
  });

  it.each(['HEAD', 'POST', 'OPTIONS', 'TRACE', 'DELETE'])(
    'of an absolute target of %s is taken',
    async (method) => {
      const message = await forwarded(
        `${method} http://b/p HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
      );
      expect(message.startLine).toBe(`${method} /p HTTP/1.1`);
      expect(fieldOf(message, 'host')).toBe('b');
    },
  );
});

describe.each(TRANSPORTS)('CONNECT on %s', (transport) => {
  const connect = 'CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n';

  it('is refused with 405', async () => {
    const { port } = await anEngine({ transport, servers: {} });
    expect(await askRaw(port, connect)).toMatch(/^HTTP\/1\.1 405 /);
  });

  it('is refused with 405 and Allow where another route takes it', async () => {
    const { port } = await anEngine({ transport, servers: {}, settings: { allowsConnect: true } });
    const client = await connectRaw(port);
    client.send(connect);
    expect(await client.hears(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 405 [\s\S]*\r\nAllow: /);
  });

  it('goes to a server of its route, never to the target', async () => {
    const witness = await startWitness(() => 'HTTP/1.1 200 OK\r\n\r\nthrough');
    const { port } = await anEngine({
      transport,
      servers: { a: witness.url },
      settings: { allowsConnect: true },
      route: { allowsConnect: true },
    });
    const client = await connectRaw(port);
    client.send('CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n');
    expect(await client.hears(/through$/)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(witness.heard[0]).toMatch(/^CONNECT 127\.0\.0\.1:1 HTTP\/1\.1\r\n/);
  });
});
