import type { CountedExchange } from '../../../src/control/metrics/pool-counts.ts';

/** A request that went well, as far as it is counted. */
export const aCountedExchange = (facts: Partial<CountedExchange> = {}): CountedExchange => ({
  listener: 'main',
  pool: 'web',
  server: 'web-1',
  method: 'GET',
  status: 200,
  startedAt: 0,
  duration: 12,
  firstByte: 8,
  bytesIn: 10,
  bytesOut: 100,
  attempts: 1,
  termination: 'ok',
  ...facts,
});
