import type { ServerView } from '../../control/views/views.ts';
import type { LoadCount } from './load.ts';

/** What `--json` prints once a second and at the end. */
export interface DemoLine {
  /** Since the start. */
  readonly requests: number;
  readonly failed: number;
  readonly servers: readonly { readonly id: string; readonly state: string; readonly share: number }[];
}

const shareOf = (id: string, now: LoadCount, before: LoadCount | undefined): number => {
  const since = (server: string): number =>
    (now.byServer.get(server) ?? 0) - (before?.byServer.get(server) ?? 0);
  const total = [...now.byServer.keys()].reduce((sum, server) => sum + since(server), 0);
  return total === 0 ? 0 : Math.round((since(id) / total) * 1000) / 1000;
};

/** Shares are of the answers since `before`, or of all answers without it. */
export const demoLine = (servers: readonly ServerView[], now: LoadCount, before?: LoadCount): DemoLine => ({
  requests: now.requests,
  failed: now.failed,
  servers: servers.map(({ id, state }) => ({ id, state, share: shareOf(id, now, before) })),
});
