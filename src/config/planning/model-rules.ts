import type { RouteRules } from '../../core/route-rules.ts';
import type { Millis, RequestView, Server } from '../../core/types.ts';
import { compileRules, type RuleTools } from '../../rules/compile-rules.ts';
import type { PlannedLocal } from './plan-local.ts';
import type { PlannedRoute } from './plan-routes.ts';

/** What the rules of routes are made with, by whoever runs them. */
export interface ModelRules {
  readonly tools: RuleTools;
  readonly now: () => Millis;
  /** Puts the data of its client onto a request; true if it has to be loaded first. */
  readonly sessionWaits: NonNullable<RouteRules['waits']>;
  /** A server inside this process that answers like this. `route`: its name, for logs and metrics. */
  local(route: string, local: PlannedLocal, errorAnswer: RouteRules['errorAnswer']): Server;
}

/** Rules of a route whose requests get the data of their clients before anything else. */
const withSessions = (
  wanted: boolean,
  load: ModelRules['sessionWaits'],
  rules: RouteRules | undefined,
): RouteRules | undefined => {
  if (!wanted) return rules;
  const { waits } = rules ?? {};
  if (!waits) return { ...rules, waits: load };
  const then = (request: RequestView, go: () => void): void => {
    if (!waits(request, go)) go();
  };
  return { ...rules, waits: (request, go) => load(request, () => then(request, go)) || waits(request, go) };
};

/** The rules of a planned route, as a part of it; nothing for a route that has none. */
export const rulesOf = (
  { name, rules, local, sessions }: PlannedRoute,
  made: ModelRules | undefined,
): { readonly rules?: RouteRules } => {
  if (!made) return {};
  const compiled = withSessions(
    sessions,
    made.sessionWaits,
    compileRules(rules, made.tools, {
      now: made.now,
      local: (errorAnswer) => local && made.local(name, local, errorAnswer),
    }),
  );
  return compiled ? { rules: compiled } : {};
};
