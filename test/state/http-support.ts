import { createServer, request, type Server } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import tls from 'node:tls';
import { Tokens } from '../../src/state/tokens.ts';
import { TOKEN } from './support.ts';

/** Tokens that agents may show, all under one name. */
export const tokensOf = (...tokens: readonly string[]): Tokens =>
  new Tokens(tokens.map((token) => ({ name: 'agents', token })));

/** Something between agents and a proxy that carries requests and answers, but no stream. */
export const aMiddlebox = (to: () => string): Server =>
  createServer((asked, response) => {
    if (asked.method !== 'POST') {
      response.writeHead(404).end();
      return;
    }
    const { method, headers } = asked;
    const onward = request(`${to()}${asked.url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    asked.pipe(onward);
  }).listen(0);

export const portOf = (server: net.Server): number => (server.address() as AddressInfo).port;

export const streamHead = (...fields: string[]): string =>
  [
    'GET /v1/reports/stream HTTP/1.1',
    'Host: proxy',
    `Authorization: Bearer ${TOKEN}`,
    'Connection: Upgrade',
    'Upgrade: forehand-reports',
    ...fields,
    '',
    '',
  ].join('\r\n');

/** One stream to a proxy, as an agent that a test plays sees it. */
export class RawStream {
  readonly socket: Socket;
  /** All that came, head and lines. */
  answer = '';
  readonly closed: Promise<void>;
  #waiting: (() => void)[] = [];

  constructor(address: string, head = streamHead(), options: tls.ConnectionOptions = {}) {
    const { hostname, port, protocol } = new URL(address);
    const place = { host: hostname, port: Number(port) };
    this.socket = protocol === 'https:' ? tls.connect({ ...place, ...options }) : net.connect(place);
    this.socket.setEncoding('utf8').on('data', (text: string) => {
      this.answer += text;
      this.#wake();
    });
    this.socket.on('error', () => undefined).write(head);
    this.closed = new Promise((resolve) => {
      this.socket.on('close', () => {
        resolve();
        this.#wake();
      });
    });
  }

  /** The lines of the proxy so far. */
  get lines(): readonly unknown[] {
    const lines = this.answer.split('\r\n\r\n').slice(1).join('').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line));
  }

  write(text: string | Buffer): void {
    this.socket.write(text);
  }

  /** Resolves once it holds, or once the connection has ended. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds() && !this.socket.closed) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
