import type { Explained, ExplainedFunction } from './candidacy.ts';
import type { CandidacyFunction, Moment, Server } from './types.ts';

/** A function together with what explains it. */
export const explained = (run: CandidacyFunction, facts: Explained): ExplainedFunction =>
  Object.assign(run, facts);

/**
 * Keeps the servers for which the question is answered with yes.
 * @param reason says of a dropped server why, in a few words with the numbers: `age 7.1s > 5s`.
 * @returns the very same list where nobody is dropped, so that links behind it can see that it is the same.
 */
export const keep = (
  predicate: (server: Server, moment: Moment) => boolean,
  reason?: (server: Server, moment: Moment) => string,
): ExplainedFunction =>
  explained(
    (servers, moment) => {
      const kept = servers.filter((server) => predicate(server, moment));
      return kept.length === servers.length ? servers : kept;
    },
    reason ? { reason } : {},
  );

const sortKey = (score: number): number => (Number.isNaN(score) ? Number.POSITIVE_INFINITY : score);

/**
 * Orders by a score, lowest first. Stable: equals keep the order they came in, so a byRandom before it breaks ties
 * fairly. A score that is NaN or Infinity comes last: missing never means idle.
 */
export const orderBy = (score: (server: Server, moment: Moment) => number): ExplainedFunction => {
  const run: CandidacyFunction = (servers, moment) => {
    const scored = servers.map((server) => ({ server, key: sortKey(score(server, moment)) }));
    scored.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    return scored.map(({ server }) => server);
  };
  return explained(run, { score });
};

/** The one that orderBy(score) would put first, without ordering the rest. Undefined for an empty list. */
export const bestBy = (
  servers: readonly Server[],
  moment: Moment,
  score: (server: Server, moment: Moment) => number,
): Server | undefined => {
  let best = servers[0];
  let bestKey = Number.POSITIVE_INFINITY;
  for (const server of servers) {
    const key = score(server, moment);
    if (key < bestKey) {
      best = server;
      bestKey = key;
    }
  }
  return best;
};

/** One of 0 to n - 1. */
const draw = (random: () => number, n: number): number => Math.min(Math.floor(random() * n), n - 1);

let equals = new Int32Array(64);

/**
 * The one that orderBy(score) would put first if the servers came in random order: each of the best with the same chance,
 * for one draw at most. Undefined for an empty list.
 */
export const bestAtRandom = (
  servers: readonly Server[],
  moment: Moment,
  score: (server: Server, moment: Moment) => number,
): Server | undefined => {
  if (servers.length > equals.length) equals = new Int32Array(servers.length * 2);
  let count = 0;
  let bestKey = Number.POSITIVE_INFINITY;
  for (let i = 0; i < servers.length; i++) {
    const key = sortKey(score(servers[i] as Server, moment));
    if (key > bestKey) continue;
    if (key < bestKey) count = 0;
    bestKey = key;
    equals[count++] = i;
  }
  const drawn = count > 1 ? draw(moment.random, count) : 0;
  return servers[equals[drawn] as number];
};

let identity = new Int32Array(1024).map((_, index) => index);
let swaps = new Int32Array(64);

const reserve = (n: number, k: number): void => {
  if (n > identity.length) identity = new Int32Array(n * 2).map((_, index) => index);
  if (k > swaps.length) swaps = new Int32Array(k * 2);
};

/**
 * k of the servers, uniformly at random and in random order, in O(k): a Fisher-Yates shuffle that stops after k draws
 * over a table of indices, which is put back in order afterwards so that the same seed always gives the same answer.
 */
export const pickAtRandom = (servers: readonly Server[], k: number, random: () => number): Server[] => {
  const n = servers.length;
  const count = Math.min(k, n);
  reserve(n, count);
  // All draws come first: a `random` that throws must not leave the table half swapped.
  for (let i = 0; i < count; i++) swaps[i] = i + draw(random, n - i);
  const picked: Server[] = [];
  for (let i = 0; i < count; i++) {
    const j = swaps[i] as number;
    const index = identity[j] as number;
    identity[j] = identity[i] as number;
    identity[i] = index;
    picked.push(servers[index] as Server);
  }
  for (let i = 0; i < count; i++) {
    const j = swaps[i] as number;
    identity[i] = i;
    identity[j] = j;
  }
  return picked;
};

/** max(least, floor(log2 n)): how many of n servers are worth looking at. */
export const sampleSize = (n: number, least: number): number =>
  Math.max(least, 31 - Math.clz32(Math.max(1, n)));

/** Keeps max(least, floor(log2 n)) servers at random, in random order; a pool no larger than that is kept whole. */
export const sample = (least: number): ExplainedFunction => {
  const window = (n: number): number => sampleSize(n, least);
  return explained((servers, { random }) => pickAtRandom(servers, window(servers.length), random), {
    reason: () => 'not in the sample',
    samples: window,
  });
};

/**
 * Puts one server first, drawn with a chance proportional to its weight; the others follow in the same manner
 * (weighted sampling without replacement by exponential keys: Efraimidis and Spirakis, 2006).
 * A weight that is zero, negative or not a number comes last.
 */
export const pickWeighted = (weight: (server: Server, moment: Moment) => number): ExplainedFunction => {
  const run: CandidacyFunction = (servers, moment) => {
    const draws = servers.map((server) => {
      const draw = moment.random();
      const share = weight(server, moment);
      return { server, key: share > 0 ? -Math.log(1 - draw) / share : Number.POSITIVE_INFINITY };
    });
    draws.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    return draws.map(({ server }) => server);
  };
  return explained(run, {});
};
