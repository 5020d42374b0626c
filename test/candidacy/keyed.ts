import type { CandidacyFunction, Server } from '../../src/core/types.ts';
import { aMoment, aRequest, aServer } from '../../src/testing/index.ts';

/** Servers `a0` to `a<n-1>`, each in the slot of its number. */
export const named = (n: number, facts: Parameters<typeof aServer>[0] = {}): readonly Server[] =>
  Array.from({ length: n }, (_, slot) => aServer({ ...facts, id: `a${slot}`, slot }));

export const pathOf = (i: number): string => `/item/${i}.html`;

/** The answer for one path. */
export const answerFor = (run: CandidacyFunction, servers: readonly Server[], path: string) =>
  run(servers, aMoment({ request: aRequest({ path }) }));

/** The first server's id for each of so many paths. */
export const firstsFor = (
  run: CandidacyFunction,
  servers: readonly Server[],
  keys: number,
): readonly (string | undefined)[] =>
  Array.from({ length: keys }, (_, i) => answerFor(run, servers, pathOf(i))[0]?.id);

/** Keys by id, for every server of the list. */
export const countsOf = (
  servers: readonly Server[],
  firsts: readonly (string | undefined)[],
): ReadonlyMap<string, number> => {
  const counts = new Map(servers.map(({ id }) => [id, 0]));
  for (const id of firsts) if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
};

/** How far the busiest and the idlest are from the mean, as a share of it. */
export const unevenness = (counts: Iterable<number>): number => {
  const all = [...counts];
  const mean = all.reduce((sum, count) => sum + count, 0) / all.length;
  return Math.max(Math.max(...all) / mean - 1, 1 - Math.min(...all) / mean);
};
