import type { Moment, Server } from '../../src/core/types.ts';

/** How full a server would be with one request more, as believed now: `(requests + 1) / weight`. */
export const fullness = (server: Server, moment: Moment): number =>
  (moment.requests(server) + 1) / server.weight;

/** How full it would be by the requests of this proxy alone, whatever was reported. */
export const ownFullness = ({ inFlight, weight }: Server): number => (inFlight + 1) / weight;
