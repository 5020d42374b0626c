import type { HealthState } from './server-spec.ts';

interface Checked {
  readonly health: HealthState | undefined;
}

/** Checks have found it down. */
export const isDown = ({ health }: Checked): boolean => health?.state === 'down';

/**
 * Those of these servers that may get requests by what checks have found. If none is left, the checks may be wrong:
 * then those that take connections at least; and if none does, all: a try costs nothing where every other answer is a
 * failure too, and finds the first that is back.
 */
export const usableServers = <One extends Checked>(servers: readonly One[]): readonly One[] => {
  const up = servers.filter((server) => !isDown(server));
  if (up.length > 0) return up;
  const reached = servers.filter(({ health }) => health?.isRefused === false);
  return reached.length > 0 ? reached : servers;
};
