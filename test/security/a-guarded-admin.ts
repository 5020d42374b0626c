import { type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';
import { request as requestTls } from 'node:https';
import { onTestFinished } from 'vitest';
import type { ReadConfig } from '../../src/config/read.ts';
import type { Config } from '../../src/config/schema/schema.ts';
import { AdminListener } from '../../src/control/admin/admin-listener.ts';
import type { Instance } from '../../src/control/instance.ts';
import type { AdminParts } from '../../src/control/views/views.ts';
import { hashPassword } from '../../src/password/password.ts';
import { type Files, readFrom, withPool } from '../config/support.ts';
import { fakeParts } from '../control/fake-views.ts';

/** A hash that takes a millisecond. */
export const aHash = (password: string): Promise<string> =>
  hashPassword(password, { cost: 1024, block: 8, parallel: 1 });

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Of the client; any of 127.0.0.0/8. */
  readonly from?: string;
  /** The client's certificate and the like; then TLS is spoken. */
  readonly tls?: object;
}

export interface GuardedAdmin {
  readonly port: number;
  /** `kind message` of all events. */
  readonly events: string[];
  ask(path: string, asking?: Asking): Promise<Answered>;
  /** A change, with the type of content that changes need. */
  post(path: string, body: unknown, asking?: Asking): Promise<Answered>;
  /** Takes another configuration. */
  reload(more: string): Promise<void>;
}

interface Setup {
  readonly parts?: Partial<AdminParts>;
  readonly files?: Files;
  readonly admin?: string;
}

const MAIN = '/etc/forehand/forehand.yaml';
const read = (more: string, admin: string, files: Files): Promise<ReadConfig> =>
  readFrom({ file: MAIN }, { files: { [MAIN]: withPool(`admin: "${admin}"\n${more}`), ...files } });

const send = (options: RequestOptions, { body, tls }: Asking): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const asked = tls ? requestTls({ ...options, rejectUnauthorized: false, ...tls }) : request(options);
    asked.on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
      answer.on('error', reject);
    });
    asked.on('error', reject);
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    // Node frames no body of DELETE by itself.
    if (text !== undefined) asked.setHeader('content-length', Buffer.byteLength(text));
    asked.end(text);
  });

/** An admin listener with the keys of a configuration, until the test ends. */
export const aGuardedAdmin = async (more: string, setup: Setup = {}): Promise<GuardedAdmin> => {
  const { parts, files = {}, admin = '127.0.0.1:0' } = setup;
  let { config }: { config: Config } = await read(more, admin, files);
  const events: string[] = [];
  const heard: ((ok: boolean) => void | Promise<void>)[] = [];
  const instance = {
    get model() {
      return { config };
    },
    events: { add: (kind: string, message: string) => void events.push(`${kind} ${message}`) },
    onReload: (listener: (ok: boolean) => void) => void heard.push(listener),
  } as unknown as Instance;
  const listener = await AdminListener.open(admin, {
    parts: fakeParts(parts),
    page: (path) => (path === '/' ? { contentType: 'text/html', body: '<p>page' } : undefined),
    held: undefined,
    log: { error: (text: string) => void events.push(`log ${text}`) } as never,
    instance,
  });
  onTestFinished(() => listener.close());
  const port = Number(/:(\d+)$/.exec(listener.address)?.[1]);
  const ask: GuardedAdmin['ask'] = (path, asking = {}) => {
    const { method = 'GET', headers = {}, from = '127.0.0.1' } = asking;
    return send({ host: '127.0.0.1', port, path, method, headers, localAddress: from, agent: false }, asking);
  };
  return {
    port,
    events,
    ask,
    post: (path, body, asking = {}) =>
      ask(path, {
        method: 'POST',
        ...asking,
        headers: { 'content-type': 'application/json', ...asking.headers },
        body,
      }),
    reload: async (text) => {
      ({ config } = await read(text, admin, files));
      for (const listener of heard) await listener(true);
    },
  };
};

export const basic = (name: string, password: string): Readonly<Record<string, string>> => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
});

export const bearer = (token: string): Readonly<Record<string, string>> => ({
  authorization: `Bearer ${token}`,
});
