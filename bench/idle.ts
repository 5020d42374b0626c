/**
 * What an idle client costs: memory of forehand with 10,000 keep-alive connections, each of which made one request
 * before, less its memory without them. The method is in docs/performance.md. The last line on standard output is one
 * JSON object.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { raiseFileLimit } from './parts/file-limit.ts';
import { forehand, transportOfEnvironment } from './parts/forehand-proxy.ts';
import { IdleClients } from './parts/idle-clients.ts';
import { memoryBytes } from './parts/process-stat.ts';
import { startProxy } from './parts/proxy.ts';
import type { Rig } from './parts/rig.ts';
import { runBench } from './parts/run-bench.ts';

const CONNECTIONS = 10_000;
/** Files that forehand and this process need besides those of the clients. */
const OTHER_FILES = 500;
/** Clients that come and go first, a few at once, so that what is made once for all of them is not counted. */
const VISITORS = 2000;
const AT_ONCE = 50;
/** The server keeps its connections so long, so that forehand's pool is the same before and after. */
const SERVER_KEEPS_MS = 600_000;
/** V8 gives back what an idle process does not need 10 to 40 s after its last work. Clients may be idle for 75 s. */
const SETTLE_SECONDS = 45;

/** The least memory that the processes have while nothing happens. */
const idleMemory = async (pid: number): Promise<number> => {
  let least = memoryBytes(pid);
  for (let second = 0; second < SETTLE_SECONDS; second++) {
    await setTimeout(1000);
    least = Math.min(least, memoryBytes(pid));
  }
  return least;
};

const countConnections = (): number => {
  const files = raiseFileLimit(CONNECTIONS + OTHER_FILES);
  const connections = Math.min(CONNECTIONS, files - OTHER_FILES);
  if (connections < CONNECTIONS)
    console.error(`${files} open files are allowed: ${connections} connections instead of ${CONNECTIONS}.`);
  if (connections < 1) throw new Error('too few open files are allowed to measure anything');
  return connections;
};

const warmUp = async (port: number): Promise<void> => {
  for (let visited = 0; visited < VISITORS; visited += AT_ONCE) {
    const visitors = new IdleClients();
    await visitors.open(AT_ONCE, port, AT_ONCE);
    visitors.close();
  }
};

const measure = async (rig: Rig): Promise<object> => {
  const connections = countConnections();
  const server = createServer({ keepAliveTimeout: SERVER_KEEPS_MS }, (_, response) => response.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const serverPorts = [(server.address() as AddressInfo).port];
  // Idle for as long as the measuring takes, also on a machine that is busy with other things.
  const make = forehand(transportOfEnvironment(), {
    limits: { connections: 20_000 },
    timeouts: { clientIdle: '10m' },
  });
  const { program, port } = await startProxy(rig, make, { name: 'forehand', serverPorts });

  await warmUp(port);
  const before = await idleMemory(program.pid);
  console.error(`without clients: ${before} bytes`);

  const clients = new IdleClients();
  await clients.open(connections, port, AT_ONCE);
  const after = await idleMemory(program.pid);
  console.error(`with ${clients.count} idle clients: ${after} bytes`);
  if (clients.count !== connections)
    throw new Error(`${connections - clients.count} connections were closed`);
  return { connections, bytesPerConnection: Math.round((after - before) / connections) };
};

await runBench(measure);
