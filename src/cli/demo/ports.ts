import { createServer } from 'node:net';

const TRIES = 100;

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

/** The first free port of 127.0.0.1 from the one wished for on, leaving out those already promised. */
export const freePort = async (wished: number, promised: readonly number[]): Promise<number> => {
  for (let port = wished; port < wished + TRIES; port++) {
    if (!promised.includes(port) && (await isFree(port))) return port;
  }
  throw new Error(`no free port from ${wished} to ${wished + TRIES - 1}`);
};
