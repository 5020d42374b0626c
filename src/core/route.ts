import type { Chain } from './chain.ts';
import type { RouteRules } from './route-rules.ts';
import type { Millis, RequestView } from './types.ts';

/** Which requests a route is for. What is left out matches everything. */
export interface RouteMatch {
  /** `www.example.com`, or `*.example.com` for every name below it. Lower case. */
  readonly host?: string;
  /** Longest prefix wins. `/api/` means what is below it; `/api` also itself, but not `/apix`. */
  readonly path?: string;
  /** Upper case. */
  readonly methods?: readonly string[];
  /** Names in lower case; the value that a field must have, or `true` where it must be there. */
  readonly headers?: Readonly<Record<string, string | true>>;
}

/** When a second server is asked for the same, while the first has not begun to answer. */
export interface HedgeSettings {
  /** So long after the request came; `p95`: what 95 % of the route's own requests took lately until their answer began. */
  readonly after: Millis | 'p95';
  /** Hedges as a part of the route's requests, 0..1. */
  readonly budget: number;
}

/**
 * How servers are asked for their load: so many at random after each decision, which may be a fraction; or so many
 * before it, for all but one of which it waits for at most `wait`.
 */
export type RouteProbe =
  | { readonly perRequest: number }
  | { readonly servers: number; readonly wait: Millis };

/** What a route may say of its requests, settled: where it says nothing, what holds for all routes. */
export interface RouteSettings {
  readonly timeouts: {
    /** Until the body of a request is there. */
    readonly request: Millis;
    /** Until the head of an answer is there. */
    readonly responseHeaders: Millis;
    /** Between two pieces of an answer. */
    readonly responseIdle: Millis;
    /** Silence on an upgraded connection. */
    readonly tunnel: Millis;
  };
  /** Longest body of a request, in bytes; no limit if left out. */
  readonly bodyBytes?: number;
  /** Most requests of this route under way at once; no limit of its own if left out. */
  readonly inFlight?: number;
  /** CONNECT is served as a tunnel to the chosen server: the route names that method. Elsewhere it is refused. */
  readonly allowsConnect: boolean;
  /** Off if left out. */
  readonly hedge?: HedgeSettings;
  /** No server is asked if left out. */
  readonly probe?: RouteProbe;
}

export interface Route {
  readonly name: string;
  readonly match: RouteMatch;
  readonly chain: Chain;
  readonly settings: RouteSettings;
  /** What it does besides choosing a server; nothing if left out. */
  readonly rules?: RouteRules;
}

/** Finds the route of a request; undefined if none matches. */
export type RouteTable = (request: Pick<RequestView, 'host' | 'path' | 'method'>) => Route | undefined;

/** A route's name where it was given none: its host and path, `*` for every host. */
export const routeName = ({ host, path }: RouteMatch): string => `${host ?? '*'}${path ?? '/'}`;

const hostRank = (host: string | undefined): number =>
  host === undefined ? 0 : host.startsWith('*.') ? host.length : 1000 + host.length;

/** Exact hosts before wildcards (the longest first) before none; then the longest path; then those with methods. */
const moreSpecific = (a: Route, b: Route): number =>
  hostRank(b.match.host) - hostRank(a.match.host) ||
  (b.match.path?.length ?? 0) - (a.match.path?.length ?? 0) ||
  (b.match.methods ? 1 : 0) - (a.match.methods ? 1 : 0);

const hostMatches = (wanted: string | undefined, host: string): boolean =>
  wanted === undefined || (wanted.startsWith('*.') ? host.endsWith(wanted.slice(1)) : host === wanted);

const pathMatches = (prefix: string | undefined, path: string): boolean => {
  if (prefix === undefined) return true;
  if (!path.startsWith(prefix)) return false;
  return prefix.endsWith('/') || path.length === prefix.length || path[prefix.length] === '/';
};

/**
 * The form of a path that rules are matched on: unreserved characters decoded, dot segments resolved, slashes that
 * follow one another taken as one (RFC 3986, 6.2.2). What is forwarded stays as the client sent it.
 * Undefined for a path with a broken escape or a NUL, which no rule can be sure about.
 */
export const matchablePath = (path: string): string | undefined => {
  if (!/[%\0]|\/[./]/.test(path)) return path;
  if (/%(?![0-9a-f]{2})|%00|\0/i.test(path)) return undefined;
  const decoded = path.replace(/%([0-9a-f]{2})/gi, (escaped, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return /[\w.~-]/.test(character) ? character : escaped.toUpperCase();
  });
  const kept: string[] = [];
  const segments = decoded.split('/').slice(1);
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '.' && segment !== '') kept.push(segment);
  }
  const isFolder = /^\.{0,2}$/.test(segments.at(-1) ?? '');
  return kept.length === 0 ? '/' : `/${kept.join('/')}${isFolder ? '/' : ''}`;
};

/**
 * Makes the table. Routes that are equally specific keep their order. Paths of routes are matched in the same form as
 * those of requests, so that `/%7Eme` and `/~me` are one rule; a path that has no such form matches nothing.
 */
export const compileRoutes = (routes: readonly Route[]): RouteTable => {
  const rules = routes
    .filter(({ match }) => match.path === undefined || matchablePath(match.path) !== undefined)
    .toSorted(moreSpecific)
    .map((route) => ({ route, prefix: route.match.path && matchablePath(route.match.path) }));
  return ({ host, path, method }) => {
    const matchable = matchablePath(path);
    if (matchable === undefined) return undefined;
    for (const { route, prefix } of rules) {
      const { match } = route;
      const matches =
        hostMatches(match.host, host) &&
        pathMatches(prefix, matchable) &&
        (match.methods?.includes(method) ?? true);
      if (matches) return route;
    }
    return undefined;
  };
};
