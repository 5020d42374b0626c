import type { RouteSettings } from '../../src/core/route.ts';

/** What a route says that says nothing of its own. */
export const ROUTE_SETTINGS: RouteSettings = {
  timeouts: { request: 300_000, responseHeaders: 60_000, responseIdle: 60_000, tunnel: 3_600_000 },
  allowsConnect: false,
};
