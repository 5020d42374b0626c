import type { DecisionView, NotableDecision, RecentDecision } from './decision-views.ts';

/** A decision of any kind. */
export type AnyDecision = DecisionView | RecentDecision | NotableDecision;

const STATUS = /^[1-5](?:xx|\d\d)$/;

/** Reads `503`, `5xx`, or several with commas; `wrong` is the one that cannot be read. */
export const readStatuses = (
  text: string,
): { readonly test: (status: number) => boolean } | { readonly wrong: string } => {
  const wanted = text.split(',');
  const wrong = wanted.find((one) => !STATUS.test(one));
  if (wrong !== undefined) return { wrong };
  return {
    test: (status) => wanted.some((one) => String(status) === one || `${Math.floor(status / 100)}xx` === one),
  };
};

/** The status of an ended request; 0 if no answer began; undefined while it is under way. */
export const statusOf = (decision: AnyDecision): number | undefined =>
  'status' in decision ? decision.status : decision.outcome?.status;

/** Which decisions are wanted; all that are said must hold. */
export interface DecisionFilter {
  readonly pool?: string | undefined;
  readonly route?: string | undefined;
  /** Id of the server chosen. */
  readonly server?: string | undefined;
  readonly status?: ((status: number) => boolean) | undefined;
}

/** Whether a decision is among those that are wanted. */
export const isWanted = (decision: AnyDecision, { pool, route, server, status }: DecisionFilter): boolean =>
  (pool === undefined || decision.pool === pool) &&
  (route === undefined || decision.route === route) &&
  (server === undefined || decision.chosen === server) &&
  (status === undefined || status(statusOf(decision) ?? 0));
