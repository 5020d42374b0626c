import type { FinishedExchange } from '../../core/exchange.ts';

/** What is looked at of an exchange that has ended, to keep its decision. */
export type EndedExchange = Pick<
  FinishedExchange,
  | 'kind'
  | 'decision'
  | 'route'
  | 'method'
  | 'host'
  | 'path'
  | 'clientIp'
  | 'startedAt'
  | 'status'
  | 'termination'
  | 'duration'
  | 'attempts'
  | 'traceId'
>;
