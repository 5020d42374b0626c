import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createDoor } from '../../src/middleware/door.ts';
import { aDoorBoard, listenForTest } from '../support/a-door.ts';
import { askRaw } from '../support/raw-client.ts';
import { startRawBackend, whenSaid } from '../support/start-backend.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const UPGRADE =
  'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n';
const PREFIX = 'endpoint-load-metrics';

/** What the client gets of an answer through the door, and what was heard of loads. */
const through = async (bytes: string, request: string, listens = true) => {
  const backend = await startRawBackend((socket) =>
    whenSaid(socket, (text) => {
      if (text.endsWith('\r\n\r\n')) socket.write(bytes, 'latin1');
    }),
  );
  const { parts, outcomes, inFlight } = aDoorBoard({ servers: { a: backend.url } });
  const heard: string[] = [];
  const loadReport = ({ id }: { readonly id: string }, format: string, text: string) =>
    void heard.push(`${id} ${format} ${text} ${inFlight()} ${outcomes.length}`);
  const door = createDoor(listens ? { ...parts, loadReport } : parts);
  const server = createServer((req, res) => door.web(req, res));
  server.on('upgrade', (req, socket, head) => door.upgrade(req, socket, head));
  const port = await listenForTest(server);
  const text = await askRaw(port, request);
  await door.close();
  return { text, heard };
};

const answer = (fields: string): string =>
  `HTTP/1.1 200 OK\r\nX-Before: 1\r\n${fields}Content-Length: 2\r\nConnection: close\r\n\r\nok`;

describe('what a server says of its load, at the door', () => {
  it.each([
    ['text', `${PREFIX}: eps:1\r\n`, ['a text eps:1 1 0']],
    ['json', `Endpoint-Load-Metrics-JSON: {"eps":1}\r\n`, ['a json {"eps":1} 1 0']],
    ['binary', `${PREFIX}-bin: AA==\r\n`, ['a binary AA== 1 0']],
    ['two', `${PREFIX}: eps:1\r\n${PREFIX}-bin: AA==\r\n`, ['a several  1 0']],
    ['none', `${PREFIX}-format: TEXT\r\nendpoint-load-metric: 1\r\n`, []],
  ])('is heard before the request has ended, and kept from the client: %s', async (_, fields, said) => {
    const { text, heard } = await through(answer(fields), GET);
    expect(heard).toEqual(said);
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\nX-Before: 1\r\n/);
    expect(text).not.toMatch(/load-metrics(-json|-bin)?:/i);
    expect(text).toMatch(/ok$/);
  });

  it('is heard with the answer to an upgrade that is refused', async () => {
    const { text, heard } = await through(answer(`${PREFIX}: eps:1\r\n`), UPGRADE);
    expect(heard).toEqual(['a text eps:1 1 0']);
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).not.toMatch(/load-metrics/i);
  });

  it('is kept from the client where nobody listens', async () => {
    const { text } = await through(answer(`${PREFIX}: eps:1\r\n`), GET, false);
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).not.toMatch(/load-metrics/i);
  });
});
