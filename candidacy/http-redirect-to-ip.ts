import { defineCandidacy } from '../src/core/candidacy.ts';
import { z } from '../src/core/options.ts';
import { redirectStatus, redirectTo } from './parts/redirect.ts';

const options = z.strictObject({ status: redirectStatus() });

/**
 * Has the client sent on to the chosen server by an HTTP redirect, at the host and port of the server's URL. The list
 * stays as it is; the mark sticks to each server, through every later reordering.
 *
 * - Formula: Location = `scheme://host[:port]` of the server, then the request's path and query.
 * - Example: `- HTTPRedirectToIP`.
 * - Missing stats: reads none.
 * - Cost: O(n), one short text a server; put it behind what shortens the list.
 * - Source: mod_backhand's `HTTPRedirectToIP`; statuses: RFC 9110, 15.4.
 */
export const httpRedirectToIP = defineCandidacy({
  name: 'HTTPRedirectToIP',
  summary: "redirects the client to the address in the chosen server's URL",
  kind: 'order',
  options,
  create: ({ status }) => redirectTo(({ url }) => url.origin, status),
});
