import type { ConfigStatus } from '../views/views.ts';

/** What the event log says of a configuration that was taken. `ignored`: keys that wait for a restart. */
export const reloadedText = (ignored: readonly string[]): string =>
  ignored.length > 0
    ? `configuration reloaded; waiting for a restart: ${ignored.join(', ')}`
    : 'configuration reloaded';

/** The status after a reload. */
export const reloadedStatus = ({ reloads, ...status }: ConfigStatus): ConfigStatus => ({
  ...status,
  reloads: { ok: reloads.ok + 1, failed: reloads.failed },
});

/** The status after an attempt that changed nothing. `text`: what was wrong. */
export const refusedStatus = ({ reloads, ...status }: ConfigStatus, text: string): ConfigStatus => ({
  ...status,
  lastResult: 'failed',
  lastError: text,
  reloads: { ok: reloads.ok, failed: reloads.failed + 1 },
});
