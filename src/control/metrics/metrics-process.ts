import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { MetricsText } from './metrics-text.ts';

/**
 * How often the event loop's lag is sampled. A lag shorter than this is invisible and this one is subtracted: the
 * monitor measures the distance of its ticks.
 */
const RESOLUTION_MS = 20;

export interface ProcessMetrics {
  write(text: MetricsText): void;
  close(): void;
}

/** Without the one that reading them opens. Linux only, as in other exporters; nothing elsewhere. */
const openFiles = (): number | undefined => {
  try {
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return undefined;
  }
};

const writeMemory = (text: MetricsText): void => {
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  text.single('process_resident_memory_bytes', 'gauge', 'Resident memory size in bytes.', rss);
  text.single('nodejs_heap_size_used_bytes', 'gauge', 'Heap in use, bytes.', heapUsed);
  text.single('nodejs_heap_size_total_bytes', 'gauge', 'Heap taken from the system, bytes.', heapTotal);
  text.single(
    'nodejs_external_memory_bytes',
    'gauge',
    'Memory of buffers outside the heap, bytes.',
    external,
  );
};

/**
 * The numbers of this process under the names that exporters of every language use, and Node's own under those of
 * prom-client, so that ready-made boards show them. Written here because prom-client's collector cannot be closed.
 */
export const createProcessMetrics = (): ProcessMetrics => {
  const lag = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  lag.enable();
  const startedAt = Math.round(performance.timeOrigin) / 1000;
  return {
    write(text) {
      const { user, system } = process.cpuUsage();
      text.single('process_cpu_seconds_total', 'counter', 'CPU time used, seconds.', (user + system) / 1e6);
      text.single('process_start_time_seconds', 'gauge', 'Start, seconds since the epoch.', startedAt);
      const files = openFiles();
      if (files !== undefined) text.single('process_open_fds', 'gauge', 'Open file descriptors.', files);
      writeMemory(text);
      const p99 = lag.count === 0 ? 0 : Math.max(0, lag.percentile(99) / 1e9 - RESOLUTION_MS / 1000);
      lag.reset();
      text.single(
        'nodejs_eventloop_lag_p99_seconds',
        'gauge',
        'Lag of the event loop since the last scrape, 99th percentile, seconds.',
        p99,
      );
    },
    close: () => void lag.disable(),
  };
};
