import { Board } from '../../core/board.ts';
import { type Chain, compileChain, type FaultKind, type Link, NO_REQUEST } from '../../core/chain.ts';
import { decide } from '../../core/decide.ts';
import { messageOf, type Problem } from '../../core/errors.ts';
import { Pool } from '../../core/pool.ts';
import { seededRandom } from '../../core/random.ts';
import { compileRoutes, type Route, type RouteTable } from '../../core/route.ts';
import type { RouteRules } from '../../core/route-rules.ts';
import type { Millis } from '../../core/types.ts';
import { errorAnswerOf } from '../../rules/pages.ts';
import { anError, aWarning } from '../reading/problem.ts';
import type { Config } from '../schema/schema.ts';
import type { PlannedLink } from './herding.ts';
import { type ModelRules, rulesOf } from './model-rules.ts';
import { differentChains, type Plan, type PlannedChain } from './plan.ts';
import { NO_CHAIN } from './plan-routes.ts';
import { asShadow } from './shadow-link.ts';

/** A configuration at work. */
export interface Model {
  readonly config: Config;
  readonly chains: readonly Chain[];
  /** Chains that decide beside those of their pools, at most one for each pool. */
  readonly shadows: readonly Shadow[];
  readonly routes: RouteTable;
  /** In the order of the configuration. */
  readonly routeList: readonly Route[];
  /** What is said in place of our own text where no route is known; undefined: our own texts. */
  readonly errorAnswer?: RouteRules['errorAnswer'];
}

/** The chain of routes that lead to no pool: nobody is there, and so they are served here. */
const chainOfNobody = (): Chain => compileChain(NO_CHAIN, [], new Pool(NO_CHAIN), 'local');

/** A chain that is tried on live decisions, without being used. */
export interface Shadow {
  readonly chain: Chain;
  /** Part of the pool's decisions that it makes too, 0..1. */
  readonly share: number;
}

/** Hears of every link that fails while a decision is made. */
export type FaultHandler = (chain: Chain, link: Link, kind: FaultKind, message: string) => void;

const poolOf = (board: Board, name: string): Pool => {
  const pool = board.pool(name);
  if (!pool) throw new TypeError(`there is no pool ${name} on the board`);
  return pool;
};

const compile = (
  { name, pool, links, whenEmpty }: PlannedChain,
  board: Board,
  onFault: FaultHandler,
): Chain => {
  const chain: Chain = compileChain(name, links, poolOf(board, pool), whenEmpty, (link, kind, message) =>
    onFault(chain, link, kind, message),
  );
  return chain;
};

/**
 * Puts a plan to work on a board: pools first, where servers that stay keep all that is known of them, then chains
 * and routes. Rehearse the plan before, so that nothing of it can fail here. Without `rules` routes choose servers, and
 * do nothing else.
 */
export const activate = (
  plan: Plan,
  board: Board,
  now: Millis,
  onFault: FaultHandler,
  rules?: ModelRules,
): Model => {
  board.configure(plan.pools, now);
  // Before the others: where functions share a memory, the one that is in use says how it is kept.
  const shadows = plan.shadows.map((planned) => ({
    chain: compile({ ...planned, links: planned.links.map(asShadow) }, board, onFault),
    share: planned.share,
  }));
  const chains = new Map(plan.chains.map((planned) => [planned.name, compile(planned, board, onFault)]));
  board.retain([...chains.values(), ...shadows.map(({ chain }) => chain)]);
  const nobody = chainOfNobody();
  const routeList = plan.routes.map((planned): Route => {
    const { name, match, chain: wanted, settings } = planned;
    const chain = wanted === NO_CHAIN ? nobody : chains.get(wanted);
    if (!chain) throw new TypeError(`route ${name} leads to chain ${wanted}, which is not there`);
    return { name, match, chain, settings, ...rulesOf(planned, rules) };
  });
  rules?.tools.limits.settle();
  return {
    config: plan.config,
    chains: [...chains.values()],
    shadows,
    routes: compileRoutes(routeList),
    routeList,
    ...(Object.keys(plan.errorPages).length > 0 ? { errorAnswer: errorAnswerOf(plan.errorPages) } : {}),
  };
};

const linkFault = (link: PlannedLink, planned: PlannedChain, board: Board): readonly Problem[] => {
  try {
    compile({ ...planned, links: [link] }, board, () => undefined);
    return [];
  } catch (thrown) {
    return [anError(`\`${link.name}\` cannot be made: ${messageOf(thrown)}`, link.where)];
  }
};

/** Decides once, as for a request that says nothing. What fails then is passed over, but worth a warning. */
const decideOnce = (planned: PlannedChain, board: Board): readonly Problem[] => {
  const problems: Problem[] = [];
  const chain = compile(planned, board, (at, link, _, message) => {
    const where = planned.links[at.links.indexOf(link)]?.where ?? {};
    problems.push(aWarning(`\`${link.name}\` failed on a trial request: ${message}`, where));
  });
  decide(chain, { request: NO_REQUEST, now: 0, random: seededRandom(1), proxies: 1 });
  return problems;
};

/**
 * Tries a plan on a board of its own: makes every function, and decides once with every chain. An error means that the
 * plan cannot be used; nothing that runs has been touched then.
 */
export const rehearse = (plan: Plan): readonly Problem[] => {
  const board = new Board();
  board.configure(plan.pools);
  const different = differentChains([...plan.chains, ...plan.shadows]);
  return different.flatMap((planned) => {
    const faults = planned.links.flatMap((link) => linkFault(link, planned, board));
    return faults.length > 0 ? faults : decideOnce(planned, board);
  });
};
