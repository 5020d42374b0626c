// What the examples share: small servers to balance over, and the forehand command of the package they live in.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const packageFile = createRequire(import.meta.url).resolve('forehand/package.json');
const { bin } = createRequire(import.meta.url)(packageFile);
export const MAIN = join(dirname(packageFile), bin.forehand);

/** A server that says its name. */
export const startServer = (name, port) =>
  new Promise((resolve, reject) => {
    const server = createServer((req, res) => res.end(`${name} answers ${req.method} ${req.url}\n`));
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });

/** Runs a verb of forehand beside this process; both end together. */
export const forehand = (...args) => {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: 'inherit' });
  const stop = () => child.kill('SIGTERM');
  process.once('SIGTERM', stop).once('SIGINT', stop).once('exit', stop);
  child.once('exit', (code) => process.exit(code ?? 1));
  return child;
};
