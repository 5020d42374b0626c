import type { CandidacyFunction, Moment, Server } from '../../src/core/types.ts';

/** Buckets per server, each 1/n of a mean score wide: four means hold all but 2 % of an exponential distribution. */
const BUCKETS = 4;

/** Room that is used again for every list. */
class Room {
  scores = new Float64Array(0);
  order = new Uint32Array(0);
  /** Where the servers of each bucket begin in `order`; counts before that. */
  starts = new Uint32Array(0);

  clear(n: number): void {
    if (n > this.scores.length) {
      this.scores = new Float64Array(2 * n);
      this.order = new Uint32Array(2 * n);
      this.starts = new Uint32Array(BUCKETS * 2 * n + 1);
    }
    this.starts.fill(0, 0, BUCKETS * n + 1);
  }
}

/** Buckets per unit of score; 0 puts all into one. */
const scaleOf = (scores: Float64Array, n: number): number => {
  let [sum, known] = [0, 0];
  for (let i = 0; i < n; i++) {
    const score = scores[i] as number;
    if (score === Number.POSITIVE_INFINITY) continue;
    sum += score;
    known += 1;
  }
  return sum > 0 ? (n * known) / sum : 0;
};

/** Puts places into buckets, in the order of the list. */
const distribute = ({ scores, order, starts }: Room, n: number): void => {
  const [scale, last] = [scaleOf(scores, n), BUCKETS * n - 1];
  // An infinite score times 0 is no number, and no number is not below the last.
  const bucketOf = (score: number): number => (score * scale < last ? Math.floor(score * scale) : last);
  for (let i = 0; i < n; i++) {
    const next = bucketOf(scores[i] as number) + 1;
    starts[next] = (starts[next] as number) + 1;
  }
  for (let i = 1; i <= last; i++) starts[i] = (starts[i] as number) + (starts[i - 1] as number);
  for (let i = 0; i < n; i++) {
    const bucket = bucketOf(scores[i] as number);
    const at = starts[bucket] as number;
    starts[bucket] = at + 1;
    order[at] = i;
  }
};

/** Insertion sort: what is out of order lies in one bucket, and is near. */
const settle = ({ scores, order }: Room, n: number): void => {
  for (let i = 1; i < n; i++) {
    const place = order[i] as number;
    const score = scores[place] as number;
    let at = i;
    for (; at > 0 && (scores[order[at - 1] as number] as number) > score; at--)
      order[at] = order[at - 1] as number;
    order[at] = place;
  }
};

/**
 * As `orderBy`, for scores from 0 that are spread like those of rendezvous hashing (exponentially): a bucket sort in
 * O(n), some three to five times as fast. Others are put in the same order, but it may take longer.
 */
export const sortedByScore = (score: (server: Server, moment: Moment) => number): CandidacyFunction => {
  const room = new Room();
  return (servers, moment) => {
    const n = servers.length;
    room.clear(n);
    for (let i = 0; i < n; i++) {
      const given = score(servers[i] as Server, moment);
      room.scores[i] = given >= 0 ? given : Number.POSITIVE_INFINITY;
    }
    distribute(room, n);
    settle(room, n);
    const sorted: Server[] = [];
    for (let i = 0; i < n; i++) sorted.push(servers[room.order[i] as number] as Server);
    return sorted;
  };
};
