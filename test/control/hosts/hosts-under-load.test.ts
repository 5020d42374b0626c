import { Agent, request } from 'node:http';
import { expect, it } from 'vitest';
import { HostsAtRunTime } from '../../../src/control/hosts/hosts-at-run-time.ts';
import { aDataPlane } from '../../support/a-data-plane.ts';
import { TRANSPORTS } from '../../support/an-engine.ts';
import { startBackend } from '../../support/start-backend.ts';

/** How often a host is added and removed; more by `HOST_ROUNDS=1000`. */
const ROUNDS = Number(process.env['HOST_ROUNDS'] ?? 100);
const CLIENTS = 8;

interface Load {
  readonly answers: Map<string, number>;
  /** Resolves when every client has got a further answer. */
  more(): Promise<void>;
  stop(): Promise<void>;
}

/** Clients that ask one after the other, each on a connection that it keeps. */
const startClients = (port: number, host: string): Load => {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const answers = new Map<string, number>();
  let isOver = false;
  let told = 0;
  const waiting: (() => void)[] = [];
  const ask = (): Promise<void> =>
    new Promise((resolve) => {
      const count = (answer: string): void => {
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
        told += 1;
        if (told % CLIENTS === 0) for (const done of waiting.splice(0)) done();
        resolve();
      };
      request({ port, agent, headers: { host } }, (res) => {
        res.resume();
        res.on('end', () => count(String(res.statusCode)));
        res.on('error', (fault) => count(fault.message));
      })
        .on('error', (fault) => count(fault.message))
        .end();
    });
  const client = async (): Promise<void> => {
    while (!isOver) await ask();
  };
  const clients = Array.from({ length: CLIENTS }, client);
  return {
    answers,
    more: () => new Promise((done) => waiting.push(done)),
    stop: async () => {
      isOver = true;
      await Promise.all(clients);
      agent.destroy();
    },
  };
};

it.each(TRANSPORTS)(
  'hosts come and go under load over %s, and no request fails',
  async (transport) => {
    const { url } = await startBackend((_, res) => void res.end('server'));
    const { instance, port } = await aDataPlane(
      () => ({ pools: { web: { servers: [url] } }, hosts: { 'www.example.com': { pool: 'web' } } }),
      { transport },
    );
    const hosts = new HostsAtRunTime(instance);
    const load = startClients(port(), 'www.example.com');
    const began = performance.now();
    for (let round = 0; round < ROUNDS; round++) {
      expect(await hosts.put('new.example', { pool: 'web', aliases: ['*.new.example'] })).toMatchObject({
        from: 'api',
      });
      await load.more();
      expect(await hosts.remove('new.example')).toMatchObject({ name: 'new.example' });
    }
    const took = performance.now() - began;
    await load.stop();
    expect([...load.answers.keys()]).toEqual(['200']);
    if (process.env['HOST_ROUNDS'])
      console.log(
        `${transport}: ${ROUNDS} rounds in ${Math.round(took)} ms, ${load.answers.get('200')} answers`,
      );
  },
  120_000,
);
