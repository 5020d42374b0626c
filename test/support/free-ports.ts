import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what Linux (32768) and others (49152) hand out for port 0: no other test is given one of these meanwhile. */
const FIRST = 10_000;
const PORTS_A_WORKER = 1_000;
const WORKERS = 20;

const worker = Number(process.env['VITEST_POOL_ID'] ?? 0) % WORKERS;
let next = 0;

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  await once(server.close(), 'close');
  return true;
};

const freePort = async (): Promise<number> => {
  for (let tried = 0; tried < PORTS_A_WORKER; tried++) {
    const port = FIRST + worker * PORTS_A_WORKER + (next++ % PORTS_A_WORKER);
    if (await isFree(port)) return port;
  }
  throw new Error(`all ports from ${FIRST + worker * PORTS_A_WORKER} are taken`);
};

/** So many ports of 127.0.0.1 that nobody listens on, for programs that must be told theirs. */
export const freePorts = async (count: number): Promise<readonly number[]> => {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
};
