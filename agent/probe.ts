import http from 'node:http';
import { PROBE_PATH } from '../src/core/load-probe.ts';
import { encodeReport, type Report } from '../src/core/report.ts';
import type { Millis } from '../src/core/types.ts';
import { answerProbe } from './answers.ts';
import { type ListenAt, type Listening, listenAt } from './listening.ts';
import { loadTextOf } from './load-text.ts';

/** Each worker of each proxy keeps one open for its probes. */
const MAX_CONNECTIONS = 512;
/** A question has no fields to speak of. */
const MAX_HEAD_BYTES = 4096;
/** For a head, for a question, and between two of them. */
const PATIENCE: Millis = 5000;

const NO_NUMBERS = 'the application does not tell its numbers';
const PATHS: readonly (string | undefined)[] = ['/v1/report', '/livez', PROBE_PATH];

const answer = (response: http.ServerResponse, status: number, type: string, body: string): void => {
  const length = Buffer.byteLength(body);
  const fields = { 'content-type': type, 'content-length': length, 'cache-control': 'no-store' };
  response.writeHead(status, { ...fields, 'x-content-type-options': 'nosniff' }).end(body);
};

const fault = (response: http.ServerResponse, status: number, code: string, message: string): void =>
  answer(response, status, 'application/json', JSON.stringify({ error: { code, message } }));

const answerLoad = (response: http.ServerResponse, report: () => Report): void => {
  try {
    answerProbe(response, loadTextOf(report().stats));
  } catch {
    fault(response, 503, 'no_report', NO_NUMBERS);
  }
};

const answerReport = (response: http.ServerResponse, report: () => Report): void => {
  try {
    answer(response, 200, 'application/json', encodeReport(report()));
  } catch {
    fault(response, 503, 'no_report', NO_NUMBERS);
  }
};

/**
 * Lets others ask how this node is: GET /v1/report answers the report as of now, /.well-known/forehand/load its load in
 * a field (for the probes of proxies), /livez says `ok` as long as the agent runs. The report carries the `seq` of the
 * next one to be sent and uses none up, so asking disturbs no proxy. Says nothing about who may ask: listen where only
 * those can reach it. Keeps the process alive.
 */
export const openProbe = (at: ListenAt, report: () => Report): Promise<Listening> => {
  const options = {
    maxHeaderSize: MAX_HEAD_BYTES,
    headersTimeout: PATIENCE,
    requestTimeout: PATIENCE,
    keepAliveTimeout: PATIENCE,
    connectionsCheckingInterval: 1000,
  };
  const server = http.createServer(options, (request, response) => {
    // Nobody needs a body here; what comes is read to its end or cut off by the time limit.
    request.resume();
    const path = (request.url ?? '').split('?', 1)[0];
    if (!PATHS.includes(path)) fault(response, 404, 'not_found', 'ask for /v1/report or /livez');
    else if (request.method !== 'GET' && request.method !== 'HEAD')
      fault(response, 405, 'method_not_allowed', 'expected GET');
    else if (path === '/livez') answer(response, 200, 'text/plain', 'ok\n');
    else if (path === PROBE_PATH) answerLoad(response, report);
    else answerReport(response, report);
  });
  server.maxConnections = MAX_CONNECTIONS;
  return listenAt(server, at, () => server.closeAllConnections());
};
