import type { Path } from '../reading/sourced.ts';
import type { HostConfig, RouteConfig } from '../schema/schema.ts';

/** A route, a location, or what a host says for all its locations; and where that was written. */
export interface PlacedRules {
  readonly kind: 'route' | 'location' | 'host';
  readonly rules: RouteConfig;
  readonly path: Path;
}

/** Where a host was written. */
export const hostPath = ({ at }: Pick<HostConfig, 'at'>): Path => ['hosts', at];

/** Keys that answer. */
const ANSWERS = ['pool', 'redirect', 'respond', 'files', 'handler'] as const;

/** The keys of a route, a location or a host that answer requests. */
export const answersOf = (rules: RouteConfig): readonly (typeof ANSWERS)[number][] =>
  ANSWERS.filter((key) => rules[key] !== undefined);

/** Everything of these hosts that has rules: each host, then its locations. */
export const hostRules = (hosts: readonly HostConfig[]): readonly PlacedRules[] =>
  hosts.flatMap((host) => [
    { kind: 'host' as const, rules: host, path: hostPath(host) },
    ...host.locations.map((rules, i) => ({
      kind: 'location' as const,
      rules,
      path: [...hostPath(host), 'locations', i],
    })),
  ]);

/** The routes that are right, at their places. */
export const routeRules = (routes: readonly (RouteConfig | undefined)[]): readonly PlacedRules[] =>
  routes.flatMap((rules, i) => (rules ? [{ kind: 'route' as const, rules, path: ['routes', i] }] : []));
