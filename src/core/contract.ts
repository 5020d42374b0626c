import type { PoolView } from './pool-view.ts';
import type { Server } from './types.ts';

/** What a link did against the contract, in words; undefined if it kept it. */
export type ContractCheck = (input: readonly Server[], output: unknown) => string | undefined;

const describe = (value: unknown): string =>
  value === null
    ? 'null'
    : value instanceof Promise
      ? 'a promise; candidacy functions are synchronous'
      : `a value of type ${typeof value}`;

const nameOf = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
    ? JSON.stringify(value.id)
    : describe(value);

/** A set of servers, by slot: those that carry the mark. Another mark empties it. */
interface Stamps {
  table: Int32Array;
  mark: number;
  /** The list whose servers carry the mark. */
  of: readonly Server[] | undefined;
}

const LAST_MARK = 2 ** 31 - 1;

const noStamps = (): Stamps => ({ table: new Int32Array(64), mark: 0, of: undefined });

const makeRoom = (stamps: Stamps, slots: number): void => {
  if (slots <= stamps.table.length && stamps.mark < LAST_MARK) return;
  stamps.table = new Int32Array(Math.max(stamps.table.length, slots * 2));
  stamps.mark = 0;
  stamps.of = undefined;
};

const stampAll = (stamps: Stamps, servers: readonly Server[]): void => {
  stamps.mark += 1;
  for (const server of servers) stamps.table[server.slot] = stamps.mark;
  stamps.of = servers;
};

/**
 * Checks that an answer is a list, lies within the question (and self), and names nobody twice. It stamps slots of
 * the pool's table, so it makes no set. A question that was stamped before, as the kept head of a chain is for every
 * decision, or that is the answer checked last, is not stamped again: the check costs as much as the answer is long.
 */
export const contractCheck = (pool: PoolView): ContractCheck => {
  const asked = noStamps();
  const answered = noStamps();
  return (input, output) => {
    if (output === input) return undefined;
    if (!Array.isArray(output)) return `returned ${describe(output)}, not a list of servers`;
    makeRoom(asked, pool.table.length);
    makeRoom(answered, pool.table.length);
    const known = input === answered.of ? answered : asked;
    if (known.of !== input) stampAll(known, input);
    const inside = known.mark;
    const mark = answered.mark + 1;
    answered.mark = mark;
    answered.of = undefined;
    const { table, self } = pool;
    const { table: seen } = answered;
    const { table: allowed } = known;
    for (const server of output as readonly Server[]) {
      const slot = typeof server === 'object' && server !== null ? server.slot : -1;
      if (slot === -1 || table[slot] !== server)
        return `returned something that is not a server of this pool (${nameOf(server)})`;
      if (seen[slot] === mark) return `returned server ${nameOf(server)} twice`;
      if (allowed[slot] !== inside && server !== self)
        return `returned server ${nameOf(server)}, which was not in its input`;
      seen[slot] = mark;
    }
    answered.of = output;
    return undefined;
  };
};
