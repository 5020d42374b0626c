import { type Decision, type DecisionContext, decide } from './decide.ts';
import type { Route, RouteTable } from './route.ts';

/** A request's way up to the server: the route it matched and what that route's chain decided. */
export interface Choice {
  readonly route: Route;
  readonly decision: Decision;
}

/** view -> route -> decision. Undefined if no route matches. */
export const choose = (routes: RouteTable, context: DecisionContext): Choice | undefined => {
  const route = routes(context.request);
  return route && { route, decision: decide(route.chain, context) };
};
