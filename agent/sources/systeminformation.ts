import type { Millis, Stats } from '../../src/core/types.ts';
import type { Source } from './source.ts';

/** Each look may start a program of the system, so it is done seldom and beside the sampling, never for a sample. */
const REFRESH: Millis = 30_000;

interface Memory {
  readonly total: number;
  readonly available: number;
}

const readMemory = async (): Promise<Memory> => (await import('systeminformation')).mem();

/**
 * Available memory where Node does not know it: macOS and Windows count caches as used. Nothing before the first
 * answer. The package is loaded on the first call, so on Linux never.
 */
export const systemInformationSource = (look: () => Promise<Memory> = readMemory): Source => {
  let stats: Stats = {};
  let nextAt = Number.NEGATIVE_INFINITY;
  const refresh = async (): Promise<void> => {
    const { total, available } = await look();
    if (total > 0 && available > 0) stats = { memoryTotal: total, memoryAvailable: available };
  };
  return (now) => {
    if (now >= nextAt) {
      nextAt = now + REFRESH;
      // What failed leaves the last answer, or Node's own figure.
      void refresh().catch(() => undefined);
    }
    return stats;
  };
};
