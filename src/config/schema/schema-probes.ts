import { PROBE_PATH } from '../../core/load-probe.ts';
import { z } from '../../core/options.ts';
import type { RouteProbe } from '../../core/route.ts';
import { limit, section } from './schema-parts.ts';

/** A request does not wait longer for fresh numbers than they are worth. */
const LONGEST_MS = 1000;

const probePath = z.string().regex(/^\/[\x21-\x22\x24-\x3e\x40-\x7e]{0,1023}$/, {
  error: ({ input }) =>
    `expected a path that starts with / and has no query, at most 1024 characters, got ${JSON.stringify(input)}`,
});

const short = (millis: number): boolean => millis <= LONGEST_MS;
const tooLong = { error: 'expected at most 1s' };

/** How the servers of a pool are asked for their load, where a route does so. */
export const poolProbesSchema = section(
  {
    path: probePath.default(PROBE_PATH).describe('path that answers with the load and nothing else'),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .exactOptional()
      .describe("port of an agent beside each server, without TLS; the server's own if left out"),
    timeout: limit()
      .refine(short, tooLong)
      .prefault('20ms')
      .describe('what comes later is no answer; a server that does not answer is asked less and less'),
  },
  'how servers are asked for their load, on routes with `probe`',
);

const routeProbeShape = {
  perRequest: z
    .number()
    .positive()
    .max(8)
    .exactOptional()
    .describe(
      'servers at random that are asked after each decision; no request waits; 0.5 is every second time',
    ),
  servers: z
    .int()
    .min(2)
    .max(16)
    .exactOptional()
    .describe('servers at random that are asked before each decision, which waits for all but one of them'),
  wait: limit()
    .refine(short, tooLong)
    .exactOptional()
    .describe('most time that a request waits for `servers`; 1ms if left out'),
};

type Written = z.output<z.ZodObject<typeof routeProbeShape>>;

const DEFAULT_WAIT_MS = 1;

const settled = ({ perRequest, servers, wait: most = DEFAULT_WAIT_MS }: Written): RouteProbe =>
  servers === undefined ? { perRequest: perRequest ?? 0 } : { servers, wait: most };

/** How a route has servers asked for their load. */
export const routeProbeSchema = z
  .strictObject(routeProbeShape)
  .refine(({ perRequest, servers }) => (perRequest === undefined) !== (servers === undefined), {
    error: 'expected `perRequest`, after each decision, or `servers`, before it',
  })
  .refine(({ perRequest, wait: most }) => perRequest === undefined || most === undefined, {
    error: '`wait` goes with `servers`: no request waits for `perRequest`',
    path: ['wait'],
  })
  .transform(settled)
  .describe('asks servers for their load, for chains that compare fresh numbers such as `full`');
