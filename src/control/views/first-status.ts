import type { ConfigSource } from '../../config/read.ts';
import type { ConfigStatus } from './views.ts';

/** The status before anything has been loaded. */
export const firstStatus = (source: ConfigSource): ConfigStatus => ({
  file: 'file' in source ? source.file : null,
  loadedAt: 0,
  lastResult: 'ok',
  lastError: null,
  warnings: [],
  reloads: { ok: 0, failed: 0 },
});
