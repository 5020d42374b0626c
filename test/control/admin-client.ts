import { type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ADMIN_LIMITS,
  type AdminLimits,
  createAdminHandler,
  createAdminServer,
  type PageHandler,
} from '../../src/control/admin/admin.ts';
import type { AdminParts } from '../../src/control/views/views.ts';
import { fakeParts } from './fake-views.ts';

export interface TestAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface RunningAdmin {
  readonly port: number;
  readonly url: string;
  /** What the handler reported through onError. */
  readonly errors: unknown[];
  ask(path: string, asked?: Asked): Promise<TestAnswer>;
  close(): Promise<void>;
}

export interface AdminSetup {
  readonly parts?: Partial<AdminParts>;
  readonly page?: PageHandler;
  readonly hosts?: readonly string[];
  readonly limits?: Partial<AdminLimits>;
}

const ask = (
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: Asked,
): Promise<TestAnswer> =>
  new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers, agent: false };
    const asked = request(options, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
      answer.on('error', reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });

/** An admin listener on a port of its own. Close it. */
export const startAdmin = async (setup: AdminSetup = {}): Promise<RunningAdmin> => {
  const { parts, page = () => undefined, hosts = [], limits } = setup;
  const errors: unknown[] = [];
  const settings = { hosts: () => hosts, onError: (thrown: unknown) => void errors.push(thrown) };
  const handler = createAdminHandler(fakeParts(parts), page, settings);
  const server = createAdminServer(handler, { ...ADMIN_LIMITS, ...limits });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    errors,
    ask: (path, asked = {}) => ask(port, path, asked),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** A POST as a command line tool sends it. */
export const jsonPost = (value: unknown, headers: Readonly<Record<string, string>> = {}): Asked => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof value === 'string' ? value : JSON.stringify(value),
});
