/**
 * A server of `bench/choices.ts`: four virtual cores, a queue first come first served. A request is worked on for the
 * milliseconds that it names in X-Work, divided by the speed of the moment; nothing but a timer runs, so that eight of
 * them fit on a small machine. Each answer says the load as the agent library does. `virtual-server.js PORT SPEED`;
 * `PUT /speed/0.4` sets the part of its speed that it gets, `PUT /failing/1` lets it answer 503 at once, `GET /served`
 * tells how many requests came since the last `PUT /reset/1`.
 */
import { createServer, type ServerResponse } from 'node:http';

const CORES = 4;
/** Timers of Node are late by half a millisecond on average. */
const TIMER_LATE_MS = 0.5;
const LATENCY_WEIGHT = 0.1;

const [port = 0, nominal = 1] = process.argv.slice(2).map(Number);

interface Job {
  readonly work: number;
  readonly cameAt: number;
  readonly response: ServerResponse;
}

const state = { share: 1, isFailing: false, busy: 0, served: 0, latency: 0 };
const waiting: Job[] = [];

const loadOf = (): string =>
  [
    `cpu_utilization:${(state.busy / CORES).toFixed(3)}`,
    `named_metrics.in_flight:${state.busy + waiting.length}`,
    `named_metrics.lat:${state.latency.toFixed(2)}`,
    `named_metrics.arriba:${(1000 * nominal * state.share).toFixed(1)}`,
    `named_metrics.cpus:${CORES}`,
  ].join(',');

const answer = ({ response, cameAt }: Job): void => {
  const latency = performance.now() - cameAt;
  state.latency = state.latency === 0 ? latency : state.latency + (latency - state.latency) * LATENCY_WEIGHT;
  response.setHeader('endpoint-load-metrics', loadOf());
  response.end('ok');
  state.busy -= 1;
};

/** Begins at `from`, which is earlier than now where the job before has ended late. */
const begin = (job: Job, from: number): void => {
  state.busy += 1;
  const end = from + job.work / (nominal * state.share);
  setTimeout(
    () => {
      answer(job);
      const next = waiting.shift();
      if (next) begin(next, Math.max(next.cameAt, end));
    },
    Math.max(0, end - performance.now() - TIMER_LATE_MS),
  );
};

const set = (name: string, value: number): void => {
  if (name === 'speed') state.share = value;
  if (name === 'failing') state.isFailing = value === 1;
  if (name === 'reset') state.served = 0;
};

createServer((request, response) => {
  const { url = '/', method, headers } = request;
  if (method === 'PUT') {
    const [, name = '', value] = url.split('/');
    set(name, Number(value));
    response.end();
    return;
  }
  if (url === '/served') {
    response.end(String(state.served));
    return;
  }
  if (url.startsWith('/.well-known/')) {
    response.writeHead(204, { 'endpoint-load-metrics': loadOf() }).end();
    return;
  }
  state.served += 1;
  if (state.isFailing) {
    response.writeHead(503).end('no');
    return;
  }
  const job = { work: Number(headers['x-work'] ?? 0), cameAt: performance.now(), response };
  if (state.busy < CORES) begin(job, job.cameAt);
  else waiting.push(job);
}).listen(port, '127.0.0.1');
