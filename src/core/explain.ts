import type { Chain, Link } from './chain.ts';
import { NO_REQUEST } from './chain.ts';
import type { DecisionContext, Delivery } from './decide.ts';
import { Decision, holdsKept } from './decide.ts';
import { seededRandom } from './random.ts';
import { type LinkObserver, newRun, type Run, runLinks } from './run-links.ts';
import type { ServerRecord } from './server-record.ts';
import type { Millis, Redirect, RequestView, Server } from './types.ts';
import { isDown } from './usable-servers.ts';
import { type WhyStep, whyOf } from './why.ts';

/** A step with the reasons that a decision on the request path does not spend time on. */
export interface ExplainedStep {
  readonly name: string;
  readonly before: number;
  readonly after: number;
  readonly dropped: readonly { readonly id: string; readonly reason: string }[];
  /** What an order saw, in the order that came of it; at most 20. */
  readonly scores?: readonly { readonly id: string; readonly score: number | null }[];
  /** What the function says of its answer besides. */
  readonly note?: string;
  /** Microseconds that the link took in this run. */
  readonly us: number;
}

/** A decision in words and numbers, ready for JSON. */
export interface Explanation {
  /** One sentence: who won and why, and who was left out on the way. */
  readonly why: string;
  readonly chosen: string | null;
  readonly delivery: Delivery;
  readonly redirect?: Redirect;
  readonly ranked: readonly string[];
  readonly steps: readonly ExplainedStep[];
}

export interface ExplainContext {
  readonly request: RequestView;
  readonly now: Millis;
  readonly seed: number;
  readonly proxies: number;
  /** For `us`: milliseconds, as fine as there are. */
  readonly clock: () => number;
}

const SCORES_SHOWN = 20;

const reasonFor = (chain: Chain, link: Link, server: Server, before: number, after: number): string => {
  const { reason, window } = link.run;
  if (window) return `not among the first ${after} of ${before}`;
  try {
    return reason?.(server, chain.moment) ?? `dropped by ${link.name}`;
  } catch {
    return `dropped by ${link.name}, whose reason failed`;
  }
};

const scoresOf = (chain: Chain, link: Link, after: readonly Server[]): Pick<ExplainedStep, 'scores'> => {
  const { score } = link.run;
  if (!score) return {};
  try {
    const scored = after.map((server) => ({ id: server.id, score: score(server, chain.moment) }));
    const known = scored.filter((entry) => Number.isFinite(entry.score)).sort((a, b) => a.score - b.score);
    const unknown = scored
      .filter((entry) => !Number.isFinite(entry.score))
      .map(({ id }) => ({ id, score: null }));
    return { scores: [...known, ...unknown].slice(0, SCORES_SHOWN) };
  } catch {
    return {};
  }
};

/** Why a server gets no new requests: what was set by hand, what checks have found, what its agent-check said. */
const outReason = ({ hand, health, told }: ServerRecord): string => {
  const down = health?.state === 'down' ? health : undefined;
  const said = [hand, down, told].find((one) => one !== undefined && one.state !== 'ready');
  if (!said) return 'weight 0';
  return said.reason ? `${said.state}: ${said.reason}` : said.state;
};

const PANIC = 'panic: checks have found all of them down, those that may be of use are used';

const drainedStep = (chain: Chain): readonly ExplainedStep[] => {
  const { servers, eligible } = chain.pool;
  const isPanic = eligible.some(isDown);
  if (servers.length === eligible.length && !isPanic) return [];
  const left = new Set(eligible);
  const dropped = servers
    .filter((server) => !left.has(server))
    .map((server) => ({ id: server.id, reason: outReason(server) }));
  const step = { name: 'drained', before: servers.length, after: eligible.length, dropped, us: 0 };
  return [isPanic ? { ...step, note: PANIC } : step];
};

const noteOf = ({ run }: Link): Pick<ExplainedStep, 'note'> => {
  try {
    const note = run.note?.();
    return note === undefined ? {} : { note };
  } catch {
    return {};
  }
};

const recorder = (chain: Chain, steps: ExplainedStep[], clock: () => number): LinkObserver => {
  let mark = clock();
  return (link, before, after) => {
    const us = Math.round((clock() - mark) * 1e5) / 100;
    const left = new Set(after);
    const dropped = before.filter((server) => !left.has(server));
    const reasons = dropped.map((server) => ({
      id: server.id,
      reason: reasonFor(chain, link, server, before.length, after.length),
    }));
    steps.push({
      name: link.name,
      before: before.length,
      after: after.length,
      dropped: reasons,
      us,
      ...noteOf(link),
      ...scoresOf(chain, link, after),
    });
    mark = clock();
  };
};

/** Steps that a chain never came to, because its list was empty before. */
const missingSteps = (chain: Chain, done: number): readonly ExplainedStep[] =>
  chain.links.slice(done).map(({ name }) => ({ name, before: 0, after: 0, dropped: [], us: 0 }));

/** What the sentence is made of: the steps that were run, with what their links are. */
const whySteps = (
  chain: Chain,
  drained: readonly ExplainedStep[],
  steps: readonly ExplainedStep[],
): readonly WhyStep[] => [
  ...drained.map((step): WhyStep => ({ ...step, kind: 'filter', isRandom: false })),
  ...steps.map((step, i): WhyStep => {
    const link = chain.links[i];
    const isRandom = link?.run.shuffles === true || link?.run.samples !== undefined;
    return { ...step, kind: link?.kind ?? 'filter', isRandom };
  }),
];

/** Runs all links as decide() does, the board-scoped head at the time of its kept answer while that holds. */
const runObserved = (chain: Chain, context: DecisionContext, observe: LinkObserver): Run => {
  const { moment, kept, prefix, links } = chain;
  const { request, now, random, proxies } = context;
  const run = newRun(links.length, chain.pool.eligible);
  moment.arm(NO_REQUEST, holdsKept(chain, now) ? kept.at : now, random.next, proxies);
  runLinks(chain, run, 0, prefix, observe);
  moment.arm(request, now, random.next, proxies);
  runLinks(chain, run, prefix, links.length, observe);
  return run;
};

/**
 * Runs every link of a chain again with the same seed, keeping who was dropped and why. At the moment of a decision
 * (before the request is counted) it gives that very decision.
 */
export const explain = (chain: Chain, context: ExplainContext): Explanation => {
  const { request, now, proxies, seed } = context;
  const steps: ExplainedStep[] = [];
  const decisionContext = { request, now, proxies, random: seededRandom(seed) };
  const run = runObserved(chain, decisionContext, recorder(chain, steps, context.clock));
  const decision = new Decision(chain, run, decisionContext, seed);
  const { delivery, redirect } = decision;
  const drained = drainedStep(chain);
  const chosen = decision.chosen?.id ?? null;
  const servers = chain.pool.servers.length;
  const left = run.list.map(({ id }) => id);
  return {
    why: whyOf({ chosen, delivery, redirect, servers, left, steps: whySteps(chain, drained, steps) }),
    chosen,
    delivery,
    ...(redirect ? { redirect } : {}),
    ranked: decision.ranked.map(({ id }) => id),
    steps: [...drained, ...steps, ...missingSteps(chain, steps.length)],
  };
};
