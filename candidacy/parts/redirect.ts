import { z } from '../../src/core/options.ts';
import type { CandidacyFunction, Redirect, RequestView, Server } from '../../src/core/types.ts';

/** Left out: 302 for GET and HEAD, else 307, which keeps method and body (RFC 9110, 15.4.8). */
export const redirectStatus = () => z.literal([301, 302, 303, 307, 308]).optional();

const statusFor = (method: string): Redirect['status'] => (method === 'GET' || method === 'HEAD' ? 302 : 307);

/**
 * Leaves the list as it is and marks its servers as reached by a redirect to the same path and query at `originOf`
 * (`http://host:port`). A server without an origin is not marked, and nobody is for a target that is not a path:
 * behind an origin `@elsewhere` would name another host.
 */
export const redirectTo =
  (
    originOf: (server: Server, request: RequestView) => string | undefined,
    status: Redirect['status'] | undefined,
  ): CandidacyFunction =>
  (servers, moment) => {
    const { request } = moment;
    if (!request.path.startsWith('/')) return servers;
    const target = request.query === '' ? request.path : `${request.path}?${request.query}`;
    for (const server of servers) {
      const origin = originOf(server, request);
      if (origin === undefined) continue;
      moment.deliver(server, { location: origin + target, status: status ?? statusFor(request.method) });
    }
    return servers;
  };
