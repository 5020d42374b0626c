import { request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { Running } from './rig.ts';
import type { Scenario } from './scenarios.ts';

interface Answer {
  readonly status: number;
  readonly connection: string | undefined;
  readonly bytes: number;
}

/** So long may one answer take. */
const ANSWER_MS = 5000;
/** So long may a program take until it is ready. */
const READY_MS = 20_000;
const BETWEEN_TRIES_MS = 50;

/** Sends one request of a scenario, on a connection of its own. */
const ask = (port: number, { method, path, fields, bodyBytes }: Scenario): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const headers = { ...fields, 'Content-Length': bodyBytes };
    const signal = AbortSignal.timeout(ANSWER_MS);
    const sent = request({ port, method, path, headers, agent: false, signal }, (answer) => {
      let bytes = 0;
      answer.on('data', (piece: Buffer) => {
        bytes += piece.length;
      });
      answer.once('end', () =>
        resolve({ status: answer.statusCode ?? 0, connection: answer.headers.connection, bytes }),
      );
      answer.once('error', reject);
    });
    sent.once('error', reject);
    sent.end(Buffer.alloc(bodyBytes, 'z'));
  });

/** Throws unless what listens on this port answers a request of the scenario as it should. */
export const probe = async (name: string, port: number, scenario: Scenario): Promise<void> => {
  const { status, connection, bytes } = await ask(port, scenario);
  if (status !== 200 || bytes !== scenario.answerBytes)
    throw new Error(`${name} answers ${scenario.name} with ${status} and ${bytes} bytes`);
  if (scenario.newConnections && connection !== 'close')
    throw new Error(`${name} does not say that it closes the connection, so ${scenario.name} would keep it`);
};

/** Waits until a GET of this URL is answered with 200; throws when the program ends, or is not ready in time. */
export const untilReady = async (program: Running, url: string): Promise<void> => {
  const end = performance.now() + READY_MS;
  while (performance.now() < end && !program.hasEnded()) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.status === 200) return;
    await setTimeout(BETWEEN_TRIES_MS);
  }
  throw new Error(`${program.name} does not become ready (GET ${url}). It wrote:\n${program.output()}`);
};
