import type { Outcome } from '../../src/core/types.ts';

/**
 * What an outcome says of its server. `failure`: no answer, or 502, 503, 504; `unreachable`: a connection that was not
 * taken in time; `error`: every other 5xx; `silent`: nothing, because the client or this proxy ended it.
 */
export type Verdict = 'good' | 'error' | 'failure' | 'unreachable' | 'silent';

/** What the client or this proxy did says nothing about the server. */
export const verdictOn = (outcome: Outcome): Verdict => {
  if (outcome.kind === 'failed' && outcome.side !== 'server') return 'silent';
  if (outcome.kind === 'failed') return outcome.reason === 'connect_timeout' ? 'unreachable' : 'failure';
  const { status } = outcome;
  if (status < 500) return 'good';
  return status >= 502 && status <= 504 ? 'failure' : 'error';
};
