import { hostAndPort } from '../../core/accept.ts';
import type { ServerSpec } from '../../core/server-spec.ts';

/** Where a server listens: an IP literal without brackets, and a port of 1..65535. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

const union = (some: readonly string[], more: readonly string[]): readonly string[] => {
  const all = new Set([...some, ...more]);
  return all.size === some.length ? some : [...all];
};

/**
 * Each server once, sorted by id, in place of a list that may name one several times: its tags are those of all of
 * them, its URL is that of the first.
 */
export const listOf = (specs: Iterable<ServerSpec>): readonly ServerSpec[] => {
  const byId = new Map<string, ServerSpec>();
  for (const spec of specs) {
    const before = byId.get(spec.id);
    byId.set(spec.id, before ? { ...before, tags: union(before.tags, spec.tags) } : spec);
  }
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
};

/** A server under its address and port, which is its id too. */
export const specOf = (url: URL, tags: readonly string[]): ServerSpec => ({
  id: hostAndPort(url),
  url,
  tags,
});

export const specAt = (scheme: 'http' | 'https', { address, port }: Endpoint): ServerSpec =>
  specOf(new URL(`${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`), []);

const isSame = (a: ServerSpec, b: ServerSpec): boolean =>
  a.url.href === b.url.href && a.tags.length === b.tags.length && a.tags.every((tag) => b.tags.includes(tag));

/** How many are named of those that came or went. */
const NAMED = 8;

const named = (word: string, ids: readonly string[]): string => {
  if (ids.length === 0) return '';
  const more = ids.length > NAMED ? ` and ${ids.length - NAMED} more` : '';
  return `, ${word} ${ids.slice(0, NAMED).join(' ')}${more}`;
};

export const countOf = (servers: readonly ServerSpec[]): string =>
  servers.length === 1 ? '1 server' : `${servers.length} servers`;

/** What differs between two lists, in words; undefined if nothing does. */
export const changeBetween = (
  before: readonly ServerSpec[],
  after: readonly ServerSpec[],
): string | undefined => {
  const [old, now] = [before, after].map((list) => new Map(list.map((spec) => [spec.id, spec])));
  const added = after.filter(({ id }) => !old?.has(id)).map(({ id }) => id);
  const removed = before.filter(({ id }) => !now?.has(id)).map(({ id }) => id);
  const changed = after.filter((spec) => {
    const was = old?.get(spec.id);
    return was !== undefined && !isSame(was, spec);
  });
  if (added.length + removed.length + changed.length === 0) return undefined;
  const ids = changed.map(({ id }) => id);
  return `${countOf(after)} now${named('added', added)}${named('removed', removed)}${named('changed', ids)}`;
};
