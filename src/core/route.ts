import type { Chain } from './chain.ts';
import type { RouteRules } from './route-rules.ts';
import type { Millis, RequestView } from './types.ts';

/** Which requests a route is for. What is left out matches everything. */
export interface RouteMatch {
  /** `www.example.com`, or `*.example.com` for every name below it. Lower case. */
  readonly host?: string;
  /** Further hosts that it is for, beside `host` and in the same form. */
  readonly aliases?: readonly string[];
  /** It is also for every host that no other route takes, before routes without `host`. */
  readonly isDefault?: boolean;
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

/** What of a request says which route it takes. */
export type RoutedRequest = Pick<RequestView, 'host' | 'path' | 'method'> &
  Partial<Pick<RequestView, 'header'>>;

/** Finds the route of a request; undefined if none matches. */
export type RouteTable = (request: RoutedRequest) => Route | undefined;

/** A route's name where it was given none: its host and path, `*` for every host. */
export const routeName = ({ host, path }: RouteMatch): string => `${host ?? '*'}${path ?? '/'}`;

/** One way to get to a route. */
interface Rule {
  readonly route: Route;
  readonly prefix: string | undefined;
  readonly headers: readonly (readonly [name: string, value: string | true])[];
}

/** The longest path first; then those with methods; then those with header fields. */
const moreSpecific = ({ match: a }: Route, { match: b }: Route): number =>
  (b.path?.length ?? 0) - (a.path?.length ?? 0) ||
  (b.methods ? 1 : 0) - (a.methods ? 1 : 0) ||
  (b.headers ? 1 : 0) - (a.headers ? 1 : 0);

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

const headersMatch = ({ headers }: Rule, request: RoutedRequest): boolean =>
  headers.every(([name, wanted]) => {
    const value = request.header?.(name);
    return wanted === true ? value !== undefined : value === wanted;
  });

const firstMatch = (
  rules: readonly Rule[] | undefined,
  path: string,
  request: RoutedRequest,
): Route | undefined => {
  if (!rules) return undefined;
  for (const rule of rules) {
    const { match } = rule.route;
    const matches =
      pathMatches(rule.prefix, path) &&
      (match.methods?.includes(request.method) ?? true) &&
      (rule.headers.length === 0 || headersMatch(rule, request));
    if (matches) return rule.route;
  }
  return undefined;
};

/** Rules by what they say of the host. */
interface HostIndex {
  readonly exact: Map<string, Rule[]>;
  /** By what follows the asterisk, beginning with its dot. */
  readonly below: Map<string, Rule[]>;
  /** For hosts that have none of their own: that of the default host, then those of routes without one. */
  readonly others: Rule[];
}

const addTo = (rules: Map<string, Rule[]>, key: string, rule: Rule): void => {
  const known = rules.get(key);
  if (known) known.push(rule);
  else rules.set(key, [rule]);
};

/** Routes in their order of precedence, by host. */
const indexOf = (routes: readonly Route[]): HostIndex => {
  const index: HostIndex = { exact: new Map(), below: new Map(), others: [] };
  const withoutHost: Rule[] = [];
  for (const route of routes) {
    const { host, aliases = [], path, headers = {}, isDefault } = route.match;
    const rule = { route, prefix: path && matchablePath(path), headers: Object.entries(headers) };
    for (const name of host === undefined ? aliases : [host, ...aliases]) {
      if (name.startsWith('*.')) addTo(index.below, name.slice(1), rule);
      else addTo(index.exact, name, rule);
    }
    if (isDefault) index.others.push(rule);
    else if (host === undefined) withoutHost.push(rule);
  }
  index.others.push(...withoutHost);
  return index;
};

/** No name in the DNS is longer (RFC 1035, 2.3.4); so nobody can make the search below long. */
const LONGEST_NAME = 255;
/** So many wildcards are looked through faster than the parts of a name are cut out and looked up. */
const FEW = 8;

type BelowTable = (path: string, request: RoutedRequest) => Route | undefined;

const fewBelow = (below: HostIndex['below']): BelowTable => {
  const longestFirst = [...below].toSorted(([a], [b]) => b.length - a.length);
  return (path, request) => {
    for (const [suffix, rules] of longestFirst) {
      const route = request.host.endsWith(suffix) ? firstMatch(rules, path, request) : undefined;
      if (route) return route;
    }
    return undefined;
  };
};

/** The longest wildcard that a host fits begins at the host's first dot. */
const manyBelow =
  (below: HostIndex['below']): BelowTable =>
  (path, request) => {
    const { host } = request;
    if (host.length > LONGEST_NAME) return undefined;
    for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
      const route = firstMatch(below.get(host.slice(dot)), path, request);
      if (route) return route;
    }
    return undefined;
  };

/**
 * Makes the table. Exact hosts come before wildcards (the longest first) before none; then the longest path, then
 * methods, then header fields; what is equally specific keeps its order. Paths of routes are matched in the same form
 * as those of requests, so that `/%7Eme` and `/~me` are one rule; a path that has no such form matches nothing.
 * The time for a request does not grow with the number of hosts.
 */
export const compileRoutes = (routes: readonly Route[]): RouteTable => {
  const { exact, below, others } = indexOf(
    routes
      .filter(({ match }) => match.path === undefined || matchablePath(match.path) !== undefined)
      .toSorted(moreSpecific),
  );
  const matchBelow = below.size === 0 ? undefined : (below.size > FEW ? manyBelow : fewBelow)(below);
  return (request) => {
    const path = matchablePath(request.path);
    if (path === undefined) return undefined;
    const own = exact.size === 0 ? undefined : exact.get(request.host);
    return (
      (own && firstMatch(own, path, request)) ??
      matchBelow?.(path, request) ??
      firstMatch(others, path, request)
    );
  };
};
