import type { z } from './options.ts';
import type {
  CandidacyFunction,
  Estimate,
  Millis,
  Moment,
  Outcome,
  Server,
  ServerState,
  Stats,
} from './types.ts';

/**
 * `filter`: what it drops is not eligible, not even for a retry. `order`: the best first. `cut`: a preference;
 * what it drops is tried after the rest. A user's function is a filter unless it says otherwise.
 */
export type Kind = 'filter' | 'order' | 'cut';

/** `board`: depends on the board and the time alone, so its answer is kept for up to 20 ms. `request`: on all. */
export type Scope = 'board' | 'request';

/** What a candidacy function may carry besides its body; the helpers below fill it in. */
export interface Explained {
  /** Why a server that it dropped was dropped. */
  readonly reason?: (server: Server, moment: Moment) => string;
  /** What else is to be said of its last answer, such as that it let in those that it would drop otherwise. */
  readonly note?: () => string | undefined;
  /** What it orders by, lowest first. A number that is not finite sorts last. */
  readonly score?: (server: Server, moment: Moment) => number;
  /** Looks at the whole list before `score` is asked of its servers, where that depends on all of them. */
  readonly prepare?: (servers: readonly Server[], moment: Moment) => void;
  /** For a cut that keeps the first servers: how many of n. */
  readonly window?: (n: number) => number;
  /** True for a uniform shuffle, so that a window behind it need not shuffle everything. */
  readonly shuffles?: true;
  /** For a uniform sample in random order: how many of n it keeps. So a sample of all, as a shuffle, need not be drawn. */
  readonly samples?: (n: number) => number;
  /** How many requests are in flight at a server, for the links behind this one. */
  readonly estimate?: Estimate;
  /** Requests that a report cannot know of yet, for the links behind this one. */
  readonly predicted?: Estimate;
}

export type ExplainedFunction = CandidacyFunction & Explained;

/** What a function with a memory is told when a server was heard. */
export interface Heard {
  /** The report comes from a new start of its agent. */
  readonly restarted: boolean;
  /** A report of its agent, numbers that came with an answer, or the answer to a probe. */
  readonly by: 'agent' | 'answer' | 'probe';
  /** All that is known of the server now. */
  readonly stats: Stats;
}

/** Of which server a memory is. */
export interface MemoryPlace {
  /** The server's position in the pool's table. */
  readonly slot: number;
  /** When the server came into the pool; -Infinity if it was there before the function. */
  readonly since: Millis;
}

/**
 * The memory of a function: one value for each server and one that they share, kept on the board under the function's
 * name and options. It survives reloads. Only the board calls these. A memory holds plain data (numbers, texts, lists,
 * maps, typed arrays), so that a recording can keep it.
 */
export interface Signal<Memory, Shared = unknown> {
  /** What the memories of one pool share; made once. */
  shared?(): Shared;
  /** A memory may keep `shared`, for the hooks and for whoever reads it. */
  init(shared: Shared, place: MemoryPlace): Memory;
  onBegin?(memory: Memory, now: Millis): void;
  /** Returns true when the server's standing changed and cached answers must go. */
  onDone?(memory: Memory, outcome: Outcome, now: Millis): boolean;
  /** Returns true as onDone does. */
  onReport?(memory: Memory, heard: Heard, now: Millis): boolean;
  /** The server was down by the proxy's own checks, and is so no more. Cached answers go by that. */
  onBack?(memory: Memory, now: Millis): void;
  /** The server has left the pool: takes it out of what is shared. */
  onGone?(memory: Memory): void;
  /** The state that this memory gives the server, if any. */
  state?(memory: Memory, now: Millis): ServerState | undefined;
  /** Why that is `ejected`, for people. */
  whyEjected?(memory: Memory, now: Millis): string | undefined;
}

/** Reads a function's memory of a server; undefined for a server that no board keeps (in unit tests). */
export type MemoryReader<Memory> = (server: Server) => Memory | undefined;

/**
 * A candidacy function with its name, its options and how to make it. `signal` and `create` are methods so that every
 * definition is a plain `Candidacy` too; they must be handed what `options` of the same definition has read.
 */
export interface Candidacy<Schema extends z.ZodType = z.ZodType, Memory = unknown> {
  readonly name: string;
  /** What it does in one line, for lists and documentation. */
  readonly summary: string;
  readonly kind: Kind;
  readonly scope: Scope;
  readonly options: Schema | undefined;
  /** The option that a bare value stands for: `byAge: 5s` is `byAge: { max: 5s }`. */
  readonly shorthand: string | undefined;
  /** An empty list after this link is served locally, whatever the chain says (`off`). */
  readonly emptyIsLocal: boolean;
  /** An empty list after this link is refused, whatever the chain says (`sticky`). */
  readonly emptyIsRefused: boolean;
  /** Warns at load that it orders by numbers as old as the last report. */
  readonly ordersByReports: boolean;
  signal?(options: z.output<Schema>): Signal<Memory>;
  create(options: z.output<Schema>, memory: MemoryReader<Memory>): ExplainedFunction;
}

type Definition<Schema extends z.ZodType, Memory> = Pick<Candidacy<Schema, Memory>, 'name' | 'create'> &
  Partial<Omit<Candidacy<Schema, Memory>, 'name' | 'create'>>;

/** Defines a candidacy function with options. The type of the options comes from the schema. */
export const defineCandidacy = <Schema extends z.ZodType = z.ZodType<undefined>, Memory = unknown>(
  definition: Definition<Schema, Memory>,
): Candidacy<Schema, Memory> => ({
  summary: '',
  kind: 'filter',
  scope: 'request',
  options: undefined,
  shorthand: undefined,
  emptyIsLocal: false,
  emptyIsRefused: false,
  ordersByReports: false,
  ...definition,
});

/** True for what defineCandidacy made, also in another copy of this package. */
export const isCandidacy = (value: unknown): value is Candidacy =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  typeof value.name === 'string' &&
  'create' in value &&
  typeof value.create === 'function';
