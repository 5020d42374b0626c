import type { ExplainedFunction } from '../../src/core/candidacy.ts';
import { explained, orderBy } from '../../src/core/making.ts';
import type { CandidacyFunction, Moment, Server } from '../../src/core/types.ts';

/** A score of which a part depends on all the servers that are compared, such as a quantile or a mean. */
export interface ListScore {
  /** Looks at the whole list, and keeps what `score` needs of it. */
  prepare(servers: readonly Server[], moment: Moment): void;
  /** As in orderBy, for servers of the list that was prepared last. */
  score(server: Server, moment: Moment): number;
}

/** Orders by a score that depends on the whole list, lowest first; else as orderBy. */
export const orderByList = ({ prepare, score }: ListScore): ExplainedFunction => {
  const order = orderBy(score);
  const run: CandidacyFunction = (servers, moment) => {
    prepare(servers, moment);
    return order(servers, moment);
  };
  return explained(run, { prepare, score });
};
