import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.ts';
import type { HedgeSettings } from '../../src/core/route.ts';
import { type FakeConnection, turn } from '../support/a-fake-connection.ts';
import { aFakeEngine } from '../support/a-fake-engine.ts';
import { aLink } from '../support/an-application.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const REQUESTS = 1500;
const SERVERS = Object.fromEntries(['a', 'b', 'c', 'd'].map((id, i) => [id, `http://127.0.0.1:${i + 1}`]));

interface Seen {
  /** Times to the first byte, shortest first, ms. */
  readonly times: readonly number[];
  /** Requests that servers got, for each that clients sent. */
  readonly sent: number;
}

/** Four servers that take 5 to 15 ms, and for two requests of a hundred 400 ms; a request every 4 ms. */
const served = async (hedge: HedgeSettings | undefined, seed: number): Promise<Seen> => {
  const { next } = seededRandom(seed);
  const shuffled = aLink('shuffled', (servers, { random }) =>
    servers
      .map((server) => [random(), server] as const)
      .toSorted(([x], [y]) => x - y)
      .map(([, server]) => server),
  );
  const made = aFakeEngine({ servers: SERVERS, links: [shuffled], ...(hedge ? { route: { hedge } } : {}) });
  const due = new Map<FakeConnection, number>();
  let connected = 0;
  let sent = 0;
  let left = REQUESTS;
  for (let now = 0; made.finished.length < REQUESTS; now++) {
    if (now % 4 === 0 && left > 0) {
      left -= 1;
      void made.client().says(GET);
      await turn();
    }
    for (; connected < made.opened.length; connected++) void made.server(connected).connects();
    await turn();
    for (const { connection } of made.opened) {
      if (connection.takeAll() === '') continue;
      sent += 1;
      due.set(connection, now + (next() < 0.02 ? 400 : 5 + 10 * next()));
    }
    for (const [connection, at] of due) {
      if (at > now) continue;
      due.delete(connection);
      if (!connection.isClosed) void connection.says(OK);
    }
    await made.passes(1);
    made.engine.hedging.look();
  }
  expect(made.engine.open + made.inFlight()).toBe(0);
  const times = made.finished.map(({ firstByte = 0 }) => firstByte).toSorted((a, b) => a - b);
  return { times, sent: sent / REQUESTS };
};

const at = ({ times }: Seen, part: number): number => times[Math.floor(part * times.length)]!;

describe.each([1, 2, 3])('servers that are slow now and then, seed %d', (seed) => {
  it('have a p99 of less than a tenth when their route hedges after its p95, for 5 % more requests at most', async () => {
    const plain = await served(undefined, seed);
    const hedged = await served({ after: 'p95', budget: 0.05 }, seed);
    expect(at(plain, 0.99)).toBeGreaterThan(350);
    expect(at(hedged, 0.99)).toBeLessThan(at(plain, 0.99) / 10);
    expect(at(hedged, 0.5)).toBeLessThan(at(plain, 0.5) * 1.1);
    expect(plain.sent).toBe(1);
    expect(hedged.sent).toBeLessThanOrEqual(1.05);
  });
});
