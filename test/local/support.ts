import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A folder with these files that goes when the test ends; the absolute path. */
export const aTree = (files: Readonly<Record<string, string | Buffer>> = {}): string => {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'local-test-')));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return path;
};

export interface Said {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface TestServer {
  readonly port: number;
  /** Sends the path as it is written. Rejects where the answer breaks off. */
  ask(path: string, asking?: Asking): Promise<Said>;
}

/** A Node server with this listener, for as long as the test runs. */
export const aNodeServer = async (listener: RequestListener): Promise<TestServer> => {
  const server = createServer(listener);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const ask = (path: string, { method = 'GET', headers = {}, body }: Asking = {}): Promise<Said> =>
    new Promise((resolve, reject) => {
      const req = request({ port, host: '127.0.0.1', path, method, headers, agent: false }, (res) => {
        buffer(res).then(
          (bytes) =>
            resolve({ status: res.statusCode ?? 0, headers: res.headers, body: bytes.toString('latin1') }),
          reject,
        );
      });
      req.on('error', reject).end(body);
    });
  return { port, ask };
};
