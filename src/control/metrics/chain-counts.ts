import type { Chain, FaultKind, Link } from '../../core/chain.ts';
import type { Decision } from '../../core/decide.ts';
import type { Millis } from '../../core/types.ts';
import { grouped } from '../cells/grouped.ts';
import { add, type Packed, packed, sumPacked, unpacked } from '../cells/packed.ts';
import type { ChainView, LinkView } from '../views/views.ts';

/** The cells of a chain: its decisions, then so many for each link. */
const DECISIONS = 0;
const FIRST_LINK = 1;
const LINK_CELLS = 7;
const [SERVERS_IN, SERVERS_OUT, EMPTIED, SPENT] = [0, 1, 2, 6];
const FAULTS: Readonly<Record<FaultKind, number>> = { throw: 3, bad_result: 4, timeout: 5 };

const sizeFor = (links: number): number => FIRST_LINK + links * LINK_CELLS;

interface LinkSnapshot {
  readonly name: string;
  readonly kind: string;
  readonly lastFault: string | null;
  readonly bypassed: boolean;
}

/** What one process has counted of a chain since its configuration was loaded. */
export interface ChainSnapshot {
  readonly name: string;
  readonly pool: string;
  readonly whenEmpty: string;
  readonly links: readonly LinkSnapshot[];
  readonly cells: Packed;
}

interface ChainCount {
  readonly cells: Float64Array;
  readonly lastFaults: (string | null)[];
}

const addCounts = (cells: Float64Array, counts: readonly number[], times: number): void => {
  add(cells, DECISIONS, times);
  for (let i = 0, link = FIRST_LINK; i < counts.length; i += 2, link += LINK_CELLS) {
    const before = counts[i] as number;
    const after = counts[i + 1] as number;
    add(cells, link + SERVERS_IN, times * before);
    add(cells, link + SERVERS_OUT, times * after);
    if (after === 0 && before > 0) add(cells, link + EMPTIED, times);
  }
};

const newCount = ({ links }: Chain): ChainCount => ({
  cells: new Float64Array(sizeFor(links.length)),
  lastFaults: links.map(() => null),
});

/**
 * What every link of every chain did since it was loaded: the funnel of the status page and the metrics. Decisions one
 * after the other that share their counts, as most do, are only numbered, and added when one with others comes.
 */
export class ChainCounts {
  #counts: ReadonlyMap<Chain, ChainCount> = new Map();
  #shared: readonly number[] = [];
  #sharedBy: ChainCount | undefined = undefined;
  #times = 0;
  readonly #clock: () => Millis;

  /** `clock`: for the time that functions take. */
  constructor(clock: () => Millis = () => 0) {
    this.#clock = clock;
  }

  /** Starts to count for the chains of a new configuration; what was counted for the old ones goes. */
  follow(chains: readonly Chain[]): void {
    for (const { times } of chains) times.clock = this.#clock;
    this.#addShared();
    this.#shared = [];
    this.#sharedBy = undefined;
    this.#counts = new Map(chains.map((chain) => [chain, newCount(chain)]));
  }

  decided({ chain, counts }: Pick<Decision, 'chain' | 'counts'>): void {
    if (counts !== this.#shared) {
      this.#addShared();
      this.#shared = counts;
      this.#sharedBy = this.#counts.get(chain);
    }
    this.#times += 1;
  }

  fault(chain: Chain, link: Link, kind: FaultKind, message: string): void {
    const count = this.#counts.get(chain);
    const at = chain.links.indexOf(link);
    if (!count || at === -1) return;
    add(count.cells, FIRST_LINK + at * LINK_CELLS + FAULTS[kind], 1);
    count.lastFaults[at] = message;
  }

  take(): readonly ChainSnapshot[] {
    this.#addShared();
    for (const [{ times }, { cells }] of this.#counts)
      times.spent.forEach((ms, link) => {
        cells[FIRST_LINK + link * LINK_CELLS + SPENT] = ms;
      });
    return [...this.#counts].map(([{ name, pool, whenEmpty, links }, { cells, lastFaults }]) => ({
      name,
      pool: pool.name,
      whenEmpty,
      links: links.map(({ name, kind, guard }, i) => ({
        name,
        kind,
        lastFault: lastFaults[i] ?? null,
        bypassed: guard?.bypassed ?? false,
      })),
      cells: packed(cells),
    }));
  }

  list(): readonly ChainView[] {
    return chainViews(this.take());
  }

  #addShared(): void {
    if (this.#sharedBy) addCounts(this.#sharedBy.cells, this.#shared, this.#times);
    this.#times = 0;
  }
}

/** Chains of one name may differ while a reload is under way. */
const shapeOf = ({ pool, name, whenEmpty, links }: ChainSnapshot): string =>
  JSON.stringify([pool, name, whenEmpty, links.map(({ name, kind }) => [name, kind])]);

const joined = (a: ChainSnapshot, b: ChainSnapshot): ChainSnapshot => ({
  ...a,
  links: a.links.map((link, i) => ({
    ...link,
    lastFault: link.lastFault ?? b.links[i]?.lastFault ?? null,
    bypassed: link.bypassed || (b.links[i]?.bypassed ?? false),
  })),
  cells: sumPacked([a.cells, b.cells]),
});

/** The sum over several processes. Of their last faults the first one's is shown. */
export const sumChains = (chains: readonly ChainSnapshot[]): readonly ChainSnapshot[] =>
  [...grouped(chains, shapeOf).values()].map((same) => same.reduce(joined));

const linkView = (
  { name, kind, lastFault, bypassed }: LinkSnapshot,
  cells: Float64Array,
  i: number,
): LinkView => {
  const read = (cell: number): number => cells[FIRST_LINK + i * LINK_CELLS + cell] ?? 0;
  return {
    name,
    kind,
    calls: cells[DECISIONS] ?? 0,
    serversIn: read(SERVERS_IN),
    serversOut: read(SERVERS_OUT),
    emptied: read(EMPTIED),
    spentMs: read(SPENT),
    faults: {
      throw: read(FAULTS.throw),
      bad_result: read(FAULTS.bad_result),
      timeout: read(FAULTS.timeout),
    },
    lastFault,
    bypassed,
  };
};

/** What people see of these counts. */
export const chainViews = (chains: readonly ChainSnapshot[]): readonly ChainView[] =>
  chains.map(({ name, pool, whenEmpty, links, cells }) => {
    const all = unpacked(cells, sizeFor(links.length));
    return { name, pool, whenEmpty, links: links.map((link, i) => linkView(link, all, i)) };
  });
