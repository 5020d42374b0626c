// One node of a fleet: a server on a machine that is played, so that it has as many cores and as much speed as it says,
// and an agent that tells true things of that machine. Arguments: one JSON object.
import { createServer } from 'node:http';
import { startAgent } from '../../../dist/agent/index.js';

const { host, port, id, to, token, cpus, arriba, workMs, pool } = JSON.parse(process.argv[2]);
let running = 0;
const waiting = [];

const work = (response) => {
  running += 1;
  setTimeout(
    () => {
      running -= 1;
      response.end(id);
      waiting.shift()?.();
    },
    (workMs * 1000) / arriba,
  );
};

const server = createServer((_request, response) => {
  if (running < cpus) work(response);
  else waiting.push(() => work(response));
});
server.keepAliveTimeout = 60_000;
server.listen(port, host);

await startAgent({
  to,
  token,
  url: `http://${host}:${port}`,
  pool,
  node: id,
  server,
  interval: 250,
  sample: () => ({ cpus, arriba, arribaNominal: arriba, cpuIdle: 1 - running / cpus, load1: running }),
  onProblem: (problem) => process.stderr.write(`${id}: ${problem}\n`),
});
process.stdout.write('ready\n');
