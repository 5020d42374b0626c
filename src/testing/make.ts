import { NO_REQUEST } from '../core/chain.ts';
import { correctedRequests, requestsSinceReport } from '../core/estimate.ts';
import { seededRandom } from '../core/random.ts';
import { joinStats } from '../core/report.ts';
import type { Millis, Moment, Redirect, RequestView, Server } from '../core/types.ts';

let made = 0;

/** A server for a test: never heard of, nothing in flight, unless said otherwise. */
export const aServer = (
  facts: Partial<Omit<Server, 'tags' | 'url'>> & { url?: string; tags?: readonly string[] } = {},
): Server => {
  const slot = facts.slot ?? made++;
  return Object.freeze({
    id: `server-${slot}`,
    pool: 'test',
    isSelf: false,
    slot,
    stats: undefined,
    heardAt: facts.stats ? 0 : Number.NEGATIVE_INFINITY,
    inFlight: 0,
    inFlightAtReport: 0,
    isCountFresh: false,
    arriba: facts.stats?.arriba,
    weight: 1,
    latency: Number.NaN,
    failures: 0,
    forwarded: 0,
    columns: [],
    ...facts,
    ...(facts.stats && { stats: joinStats(facts.stats, undefined) }),
    url: new URL(facts.url ?? `http://10.0.${slot >> 8}.${slot & 255}:80`),
    tags: new Set(facts.tags ?? []),
  });
};

/** A request for a test. Header names in any case; cookies are read from the Cookie header. */
export const aRequest = (
  facts: Partial<Omit<RequestView, 'header' | 'cookie'>> & { headers?: Record<string, string> } = {},
): RequestView => {
  const { headers = {}, ...rest } = facts;
  const fields = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const cookies = new Map(
    (fields.get('cookie') ?? '')
      .split(/;\s*/)
      .filter((pair) => pair.includes('='))
      .map((pair) => [pair.split('=')[0] ?? '', pair.slice(pair.indexOf('=') + 1)]),
  );
  return {
    ...NO_REQUEST,
    ...rest,
    header: (name) => fields.get(name.toLowerCase()),
    cookie: (name) => cookies.get(name),
  };
};

/** A Moment that remembers what it was told. */
export interface TestMoment extends Moment {
  readonly deliveries: ReadonlyMap<Server, Redirect>;
}

/** A moment for a test: time 0, seed 1, one proxy. `predicts`: as if addPrediction stood before. */
export const aMoment = (
  facts: {
    request?: RequestView;
    now?: Millis;
    seed?: number;
    proxies?: number;
    self?: Server;
    predicts?: boolean;
  } = {},
): TestMoment => {
  const { now = 0, proxies = 1 } = facts;
  const deliveries = new Map<Server, Redirect>();
  return {
    request: facts.request ?? NO_REQUEST,
    now,
    random: seededRandom(facts.seed ?? 1).next,
    proxies,
    self: facts.self,
    requests: (server) => correctedRequests(server, { now, proxies }),
    predicted: (server) => (facts.predicts ? requestsSinceReport(server, { now, proxies }) : 0),
    deliver: (server, how) => void deliveries.set(server, how),
    deliveries,
  };
};
