import type { Step } from '../../core/decide.ts';
import type { Explanation } from '../../core/explain.ts';

/** The JSON shapes of what the admin API says of decisions. */

/** A decision that was looked at more closely, and how it ended. */
export interface DecisionView extends Explanation {
  readonly id: string;
  /** Epoch ms. */
  readonly at: number;
  readonly pool: string;
  readonly route: string;
  /** State of the generator before it: with the same board it decides the same again. */
  readonly seed: number;
  /** Of the trace that its request belongs to; left out where that is not known. */
  readonly traceId?: string;
  readonly request: {
    readonly method: string;
    readonly host: string;
    readonly path: string;
    readonly clientIp: string;
  };
  readonly outcome: {
    readonly status: number;
    readonly termination: string;
    readonly durationMs: number;
    readonly attempts: number;
  } | null;
}

/** A decision as every one is kept for a while: what it takes to make it again, and how its request ended. */
export interface RecentDecision {
  readonly id: string;
  /** Epoch ms. */
  readonly at: number;
  readonly pool: string;
  readonly route: string;
  /** State of the generator before it. */
  readonly seed: number;
  readonly chosen: string | null;
  /** 0 if no answer began. */
  readonly status: number;
  readonly durationMs: number;
}

/** A decision whose request was slow for its route, or failed. */
export interface NotableDecision extends Pick<DecisionView, 'id' | 'at' | 'pool' | 'route' | 'request'> {
  readonly seed: number;
  readonly chosen: string | null;
  readonly delivery: Explanation['delivery'];
  /** Servers before and after each link. */
  readonly steps: readonly Step[];
  readonly outcome: NonNullable<DecisionView['outcome']>;
}

/** Which decisions are kept besides the sampled ones. */
export type KeptKind = 'recent' | 'slow' | 'failed';

/** Decisions of one kind, newest first. */
export type KeptDecisions = readonly (RecentDecision | NotableDecision)[];

/** What a person asks explain: a URL and what a client would send with it. */
export interface ExplainQuestion {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The client's address. */
  readonly from?: string;
}

export interface ExplainAnswer extends Explanation {
  /** The worker that was asked, where several serve. */
  readonly worker?: number;
  readonly pool: string;
  readonly route: string;
}
