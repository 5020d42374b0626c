import { defineCandidacy } from '../src/core/candidacy.ts';
import { explained } from '../src/core/making.ts';
import { z } from '../src/core/options.ts';
import type { Moment } from '../src/core/types.ts';
import { hashText, joinHashes, scramble, unitOf } from './parts/murmur-hash.ts';
import { keyless, RequestKey, requestKey } from './parts/request-key.ts';
import { Tagged } from './parts/tagged.ts';

const PERCENTAGE = /^\d{1,3}(?:\.\d{1,6})?%$/;

/** 0..1 of either way to write it; NaN for what is neither. */
const shareIn = (given: number | string): number => {
  if (typeof given === 'number') return given;
  return PERCENTAGE.test(given) ? Number.parseFloat(given) / 100 : Number.NaN;
};

/** 0..1, or a text with a percent sign. */
const share = () =>
  z
    .union([z.number(), z.string()])
    .refine((given) => shareIn(given) >= 0 && shareIn(given) <= 1, {
      error: ({ input }) => `expected a share from 0 to 1, or 0% to 100%, got ${JSON.stringify(input)}`,
    })
    .transform(shareIn);

const options = z.strictObject({
  /** Of the servers that get the share. */
  tag: z.string().min(1).max(128),
  /** Of keys, and so roughly of requests. */
  share: share().prefault(0.05),
  key: requestKey().default('ip'),
  keyless: keyless(),
  /** A header that decides before the share does: `always` or `never`. */
  header: z
    .string()
    .regex(/^[\w!#$%&'*+.^`|~-]{1,128}$/, 'expected the name of a header, such as X-Canary')
    .optional(),
});

type Side = 'canary' | 'rest';

/** What the client asks for itself; other values ask for nothing. */
const asked = ({ request }: Moment, header: string | undefined): Side | undefined => {
  if (header === undefined) return undefined;
  const value = request.header(header);
  return value === 'always' ? 'canary' : value === 'never' ? 'rest' : undefined;
};

/**
 * Sends a share of the keys to the servers with a tag and all others to the rest, to try a new version on a few. A key
 * stays on its side as long as the share does; when the share grows, keys only come to the canary, and when it shrinks
 * they only leave. A preference: if a side fails, the other one is tried.
 *
 * - Formula: canary if `u < share`; u = hash of key and tag, between 0 and 1. Keys are as in byRendezvous, the
 *   client's address unless said otherwise. With `header: X-Canary`, the value `always` or `never` decides first; take
 *   that field out of what strangers send if they must not choose.
 * - Example: `- canary: v2` or `- canary: { tag: v2, share: 5%, key: "cookie:user", header: X-Canary }`.
 * - Missing stats: reads none. A request without the key is drawn for itself; with `keyless: keep` the list stays as it
 *   is. Where one side has no server the list stays as it is, too.
 * - Cost: O(n).
 * - Source: canaries by share and by header as in ingress-nginx, made stable by a hash.
 */
export const canary = defineCandidacy({
  name: 'canary',
  summary: 'sends a stable share of keys to the servers with a tag, all others to the rest',
  kind: 'cut',
  options,
  shorthand: 'tag',
  create: ({ tag, share, key, keyless, header }) => {
    const keys = new RequestKey(key);
    // Another hash than byRendezvous has of the same key, or the share would be one of its servers' keys.
    const salt = scramble(hashText(`canary ${tag}`));
    const sideOf = (moment: Moment): Side | undefined => {
      const hash = keys.hash(moment.request);
      if (hash === undefined && keyless === 'keep') return undefined;
      const u = hash === undefined ? moment.random() : unitOf(joinHashes(hash, salt));
      return u < share ? 'canary' : 'rest';
    };
    const servers = new Tagged(tag);
    return explained(
      (list, moment) => {
        const side = asked(moment, header) ?? sideOf(moment);
        if (side === undefined) return list;
        const { tagged, others } = servers.split(list);
        const left = side === 'canary' ? tagged : others;
        return left.length === 0 ? list : left;
      },
      { reason: ({ tags }) => (tags.has(tag) ? `is a canary (${tag})` : `is no canary (${tag})`) },
    );
  },
});
