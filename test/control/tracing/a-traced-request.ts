import type { TracedRequest } from '../../../src/core/trace-context.ts';

/** A request with these fields, by lower-case name. */
export const aTracedRequest = (fields: Readonly<Record<string, string>> = {}): TracedRequest => ({
  method: 'GET',
  host: 'shop.example',
  path: '/cart',
  scheme: 'https',
  clientIp: '203.0.113.9',
  peerIp: '192.0.2.1',
  startedAt: 1000,
  header: (name) => fields[name],
});
