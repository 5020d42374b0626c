import { defineCandidacy } from '../src/core/candidacy.ts';
import { z } from '../src/core/options.ts';
import { formatOrigin, parseNameFormat } from './parts/name-format.ts';
import { redirectStatus, redirectTo } from './parts/redirect.ts';

const options = z.strictObject({
  /** See parseNameFormat. `%S` is mod_backhand's default: the server's own name. */
  format: z
    .string()
    .superRefine((format, context) => {
      const { fault } = parseNameFormat(format);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    })
    .default('%S'),
  status: redirectStatus(),
});

/**
 * Has the client sent on to the chosen server by an HTTP redirect, at a name made of the server's name and the
 * request's Host. So a visitor of www.client.com gets to www-1.dc3.client.com and stays on that machine.
 *
 * - Formula: Location = scheme, the formatted name, the request's path and query. The server's port is added unless the
 *   format writes one. Of server www-1.dc3.example.net and Host www.client.com `%2S.%-1H` makes www-1.dc3.client.com.
 * - Example: `- HTTPRedirectToName: '%2S.%-1H'`.
 * - Missing stats: reads none. Where Host is missing or no valid name, the server is reached by proxy instead.
 * - Cost: O(n), one short text a server; put it behind what shortens the list.
 * - Source: mod_backhand's `HTTPRedirectToName`; statuses: RFC 9110, 15.4.
 */
export const httpRedirectToName = defineCandidacy({
  name: 'HTTPRedirectToName',
  summary: "redirects the client to a name made of the chosen server's name and the request's Host",
  kind: 'order',
  options,
  shorthand: 'format',
  create: ({ format, status }) => {
    const parsed = parseNameFormat(format);
    return redirectTo(({ url }, { host }) => formatOrigin(parsed, url, host), status);
  },
});
