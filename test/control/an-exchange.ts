import type { LoggedExchange } from '../../src/control/access-log/access-log-line.ts';

/** Epoch ms that goes with `startedAt: 0`. */
export const EPOCH = Date.UTC(2000, 9, 10, 20, 55, 36, 7);

/** A request that went well, as an engine tells of it. */
export const anExchange = (facts: Partial<LoggedExchange> = {}): LoggedExchange => ({
  kind: 'request',
  requestId: '0191c2a4-7',
  method: 'GET',
  scheme: 'https',
  host: 'shop.example',
  path: '/cart',
  clientIp: '192.0.2.7',
  peerIp: '10.0.0.1',
  route: 'everything',
  pool: 'web',
  server: 'web-1',
  status: 200,
  startedAt: 0,
  duration: 12.3456,
  firstByte: 9.5,
  attempts: 1,
  bytesIn: 0,
  bytesOut: 2326,
  termination: 'ok',
  protocol: 'HTTP/1.1',
  ...facts,
});
