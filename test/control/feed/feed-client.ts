import { type ClientRequest, get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import type { Snapshot } from '../../../src/control/feed/snapshot.ts';

/** One message of a feed. */
export interface Heard {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: string;
  /** Monotonic, ms. */
  readonly at: number;
}

/** Somebody who watches the feed of an admin listener. */
export class FeedClient {
  readonly messages: Heard[] = [];
  readonly comments: string[] = [];
  retry: number | undefined;
  headers: IncomingHttpHeaders = {};
  status = 0;
  ended = false;
  readonly #asked: ClientRequest;
  #text = '';

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    const options = { agent: false, headers: { accept: 'text/event-stream', ...headers } };
    this.#asked = get(url, options, (answer) => this.#hear(answer));
    this.#asked.on('error', () => {
      this.ended = true;
    });
  }

  named(event: string): readonly Heard[] {
    return this.messages.filter((message) => message.event === event);
  }

  /** The data of the last snapshot. */
  get last(): Snapshot {
    return JSON.parse(this.named('snapshot').at(-1)?.data ?? 'null');
  }

  close(): void {
    this.#asked.destroy();
  }

  #hear(answer: IncomingMessage): void {
    this.status = answer.statusCode ?? 0;
    this.headers = answer.headers;
    const isPacked = answer.headers['content-encoding'] === 'gzip';
    const source = isPacked ? answer.pipe(createGunzip()) : answer;
    source.setEncoding('utf8');
    source.on('data', (part: string) => this.#read(part));
    for (const stream of [source, answer])
      stream
        .on('error', () => undefined)
        .on('close', () => {
          this.ended = true;
        });
  }

  #read(part: string): void {
    this.#text += part;
    const blocks = this.#text.split('\n\n');
    this.#text = blocks.pop() ?? '';
    for (const block of blocks) this.#take(block);
  }

  #take(block: string): void {
    const lines = block.split('\n');
    const field = (name: string): string | undefined =>
      lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    const [event, data, retry] = [field('event'), field('data'), field('retry')];
    if (block.startsWith(':')) this.comments.push(block);
    if (retry !== undefined) this.retry = Number(retry);
    if (event !== undefined)
      this.messages.push({ event, id: field('id'), data: data ?? '', at: performance.now() });
  }
}
