import { type Chain, compileChain, type LinkSpec, type WhenEmpty } from '../core/chain.ts';
import { type Decision, decide } from '../core/decide.ts';
import { type Explanation, explain } from '../core/explain.ts';
import { type Random, seededRandom } from '../core/random.ts';
import type { Server } from '../core/types.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type DecisionListener, EventDecoder, type RecordedDecision } from './decode-events.ts';
import { Effect, type EffectView } from './effect.ts';
import type { TracePart } from './read-trace.ts';
import { RecordedPools } from './recorded-pools.ts';
import { Shares } from './shares.ts';

/** A chain, found by its configuration and ready to be made. */
export interface ReplayChain {
  readonly name: string;
  readonly links: readonly LinkSpec[];
  readonly whenEmpty: WhenEmpty;
}

/** What decides at replay, by the names of recorded chains. */
export interface ReplayChains {
  /** Throws an Error for a chain that is not there. */
  recorded(name: string): ReplayChain;
  /** Undefined where the recorded chain is tried alone. */
  tried?(name: string, pool: string): ReplayChain | undefined;
}

export interface ReplayParts {
  /** Makes chains of the `setup` of a checkpoint. */
  readonly chains: (setup: unknown) => Promise<ReplayChains>;
  /** Explains this decision, from 1. */
  readonly explain?: number;
}

/** A decision that came out otherwise. */
export interface Difference {
  /** Which decision, from 1. */
  readonly decision: number;
  readonly file: string;
  readonly pool: string;
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

export interface ReplayResult {
  readonly decisions: number;
  readonly different: number;
  /** By server: its share of the recorded decisions and of those made now, 0..1. */
  readonly share: Readonly<Record<string, readonly [before: number, after: number]>>;
  /** Of the choices made now: the same if and only if they are. Eight hexadecimal digits. */
  readonly checksum: string;
  readonly differences: readonly Difference[];
  /** Decisions that the files do not hold between those that they hold. */
  readonly lost: number;
  /** Functions whose memories could not be recorded: they start anew at each checkpoint. */
  readonly forgotten: readonly string[];
  readonly effect?: EffectView;
  readonly explanation?: Explanation & { readonly pool: string; readonly route: string };
}

/** Differences that are told one by one. */
const MOST_TOLD = 10;

interface Made {
  readonly recorded: Chain;
  readonly tried: Chain | undefined;
  /** Place of its pool. */
  readonly pool: number;
}

interface At {
  readonly run: string;
  readonly pools: RecordedPools;
  readonly decoder: EventDecoder;
  readonly chains: readonly Made[];
}

const compile = ({ name, links, whenEmpty }: ReplayChain, pool: Chain['pool']): Chain =>
  compileChain(name, links, pool, whenEmpty);

/** The kept answer of the head was made anew, or it held: as it was then, whatever else made answers void. */
const holdHead = ({ kept, pool }: Chain, { newHead }: RecordedDecision): void => {
  kept.version = newHead ? -1 : pool.version;
};

/** Decides again what was recorded, with the same chains or with another one. */
export class Replay {
  readonly #parts: ReplayParts;
  readonly #random: Random = seededRandom(0);
  readonly #shares = new Shares();
  readonly #differences: Difference[] = [];
  readonly #forgotten = new Set<string>();
  #effect: Effect | undefined = undefined;
  #explanation: ReplayResult['explanation'] = undefined;
  #at: At | undefined = undefined;
  #file = '';
  #decisions = 0;
  #different = 0;
  #lost = 0;
  /** Number of the next decision within its run. */
  #next = 0;

  constructor(parts: ReplayParts) {
    this.#parts = parts;
  }

  /** Takes parts of traces in their order. Throws a RangeError for events that cannot be read. */
  async take(part: TracePart): Promise<void> {
    this.#file = part.file;
    if (part.kind === 'checkpoint') await this.#begin(part.checkpoint);
    else this.#at?.decoder.decode(part.bytes);
  }

  result(): ReplayResult {
    const effect = this.#effect?.view();
    return {
      decisions: this.#decisions,
      different: this.#different,
      share: this.#shares.view(),
      checksum: this.#shares.checksum,
      differences: this.#differences,
      lost: this.#lost,
      forgotten: [...this.#forgotten],
      ...(effect && { effect }),
      ...(this.#explanation && { explanation: this.#explanation }),
    };
  }

  /** A file that goes on where the one before has ended needs no new beginning. */
  async #begin(checkpoint: Checkpoint): Promise<void> {
    const { run, reason, decisions: before } = checkpoint;
    const isSameRun = this.#at?.run === run;
    if (isSameRun && before > this.#next) this.#lost += before - this.#next;
    const goesOn = isSameRun && reason === 'rotation' && before === this.#next;
    this.#next = before;
    const { pools, chains } = goesOn && this.#at ? this.#at : await this.#restore(checkpoint);
    const decisions: DecisionListener = {
      decided: (decision) => this.#decided(decision),
      finished: (outcome) => this.#effect?.finished(run, outcome),
    };
    this.#at = { run, pools, chains, decoder: new EventDecoder(pools, decisions, checkpoint) };
  }

  async #restore(checkpoint: Checkpoint): Promise<Pick<At, 'pools' | 'chains'>> {
    const found = await this.#parts.chains(checkpoint.setup);
    const pools = new RecordedPools(checkpoint);
    const chains = checkpoint.chains.map(({ name, pool: poolName }): Made => {
      const place = pools.list.findIndex((pool) => pool.name === poolName);
      const pool = pools.list[place];
      if (!pool) throw new Error(`the trace has a chain "${name}" of a pool "${poolName}" that it has not`);
      const tried = found.tried?.(name, poolName);
      if (tried) this.#effect ??= new Effect();
      return {
        recorded: compile(found.recorded(name), pool),
        tried: tried && compile(tried, pool),
        pool: place,
      };
    });
    pools.restoreMemories();
    for (const { columns } of checkpoint.pools)
      for (const { key, bytes } of columns) if (!bytes) this.#forgotten.add(key);
    return { pools, chains };
  }

  #decided(recorded: RecordedDecision): void {
    const made = this.#at?.chains[recorded.chain];
    if (!made) throw new RangeError(`there is no chain ${recorded.chain}`);
    this.#decisions += 1;
    this.#next += 1;
    const before = this.#recordedChoice(made, recorded);
    const chain = made.tried ?? made.recorded;
    holdHead(made.recorded, recorded);
    const decision = this.#decide(chain, recorded);
    const after = decision.chosen;
    this.#shares.count(chain.pool.name, before?.id, after?.id);
    if (before !== after || recorded.delivery !== decision.delivery)
      this.#note(made, recorded, before, after);
    if (made.tried && before) this.#estimate(made, recorded, before);
    if (this.#decisions === this.#parts.explain) this.#explain(chain, recorded);
  }

  #recordedChoice(made: Made, { chosen }: RecordedDecision): Server | undefined {
    return chosen === undefined ? undefined : this.#at?.pools.record(made.pool, chosen);
  }

  #decide(chain: Chain, { request, now, seed, proxies }: RecordedDecision): Decision {
    this.#random.reseed(seed);
    return decide(chain, { request, now, proxies, random: this.#random });
  }

  #estimate({ recorded, tried }: Made, decision: RecordedDecision, chosen: Server): void {
    const { run } = this.#at ?? {};
    if (run === undefined || !tried || !this.#effect?.isDue(this.#decisions)) return;
    this.#effect.sample({ run, number: this.#next, recorded, tried, decision, chosen });
  }

  #note(made: Made, { request }: RecordedDecision, before?: Server, after?: Server): void {
    this.#different += 1;
    if (this.#differences.length >= MOST_TOLD) return;
    this.#differences.push({
      decision: this.#decisions,
      file: this.#file,
      pool: made.recorded.pool.name,
      path: request.path,
      before: before?.id ?? null,
      after: after?.id ?? null,
    });
  }

  #explain(chain: Chain, { request, now, seed, proxies }: RecordedDecision): void {
    const explanation = explain(chain, { request, now, seed, proxies, clock: () => 0 });
    this.#explanation = { pool: chain.pool.name, route: chain.name, ...explanation };
  }
}
