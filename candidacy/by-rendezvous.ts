import { defineCandidacy } from '../src/core/candidacy.ts';
import { explained } from '../src/core/making.ts';
import { z } from '../src/core/options.ts';
import type { Moment, Server } from '../src/core/types.ts';
import { weighedBy, weightBy } from './parts/affinity-weight.ts';
import { IdHashes } from './parts/id-hashes.ts';
import { joinHashes, unitOf } from './parts/murmur-hash.ts';
import { keyless, RequestKey, requestKey } from './parts/request-key.ts';
import { sortedByScore } from './parts/sorted-by-score.ts';

const options = z.strictObject({
  key: requestKey().default('path'),
  by: weighedBy(),
  keyless: keyless(),
});

/**
 * The same servers in the same order for the same key, by weighted rendezvous hashing: for caches, and for what a server
 * keeps between requests. When a server goes, its keys go to what was second for each, spread over all others; no
 * other key moves. When one comes, it takes its share from everyone.
 *
 * - Formula: lowest `-ln(u) / w` first, which is highest `w / -ln(u)`; u = hash of key and id, between 0 and 1; w =
 *   weight, times arriba / 1000 with `by: arriba`, times cpus too with `by: capacity`, in steps of 19 %. Keys are
 *   `path`, `query:<name>`, `header:<name>`, `cookie:<name>`, `ip`, `host` or `url` (host, path and query).
 * - Example: `- byRendezvous: path` or `- byRendezvous: { key: "cookie:user", by: capacity }`; then `- boundedLoad`.
 * - Missing stats: a missing speed counts as 1000, missing cores as one. A request without the key gets servers drawn at
 *   random by weight; with `keyless: keep` the list stays as it is.
 * - Cost: O(n), some 40 ns a server; about three times that with another link behind it, which needs the whole order.
 *   For hundreds of servers there is byMaglev.
 * - Source: Thaler and Ravishankar, "Using name-based mappings to increase hit rates" (1998); weights: Schindelhauer and
 *   Schomaker (2005); MurmurHash3.
 */
export const byRendezvous = defineCandidacy({
  name: 'byRendezvous',
  summary: 'the same order for the same key; a server that goes moves its own keys only',
  kind: 'order',
  options,
  shorthand: 'key',
  create: ({ key, by, keyless }) => {
    const keys = new RequestKey(key);
    const ids = new IdHashes();
    const weightOf = weightBy(by);
    const score = (server: Server, moment: Moment): number => {
      const hash = keys.again(moment);
      if (hash === undefined && keyless === 'keep') return 0;
      const u = hash === undefined ? 1 - moment.random() : unitOf(joinHashes(hash, ids.of(server)));
      return -Math.log(u) / weightOf(server);
    };
    const sorted = sortedByScore(score);
    return explained(
      (servers, moment) =>
        keyless === 'keep' && keys.again(moment) === undefined ? servers : sorted(servers, moment),
      { score },
    );
  },
});
