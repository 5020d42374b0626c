import { sendableLocation } from '../core/location.ts';
import { matchablePath } from '../core/route.ts';
import type { LocalAnswer } from '../core/route-rules.ts';
import type { RequestView } from '../core/types.ts';
import type { PlannedPath, PlannedRedirect, PlannedRewrite, RuleFunction } from './planned-rules.ts';
import { compileTemplate } from './template.ts';

/** An answer that sends a client elsewhere. */
export const redirection = (location: string, status: number): LocalAnswer => ({
  status,
  reason: `go to ${sendableLocation(location)}`,
  fields: `Location: ${sendableLocation(location)}\r\n`,
});

const NO_HOST: LocalAnswer = { status: 400, reason: 'the request names no host' };

/**
 * Where a route sends its clients. A path never becomes another host: browsers take `//` and `/\` for the begin of one.
 */
export const compileRedirect = ({ to, status }: PlannedRedirect): ((request: RequestView) => LocalAnswer) => {
  const location = compileTemplate(to);
  const isPath = /^[/{]/.test(to) && !to.startsWith('{scheme}');
  const needsHost = to.includes('{host}');
  return (request) => {
    if (needsHost && request.host === '') return NO_HOST;
    const made = location(request);
    return redirection(isPath ? made.replace(/^[/\\]+/, '/') : made, status);
  };
};

/** Path and query to go on with, or the place on another host that the client is sent to. */
type Rewritten = { readonly target: string } | { readonly elsewhere: string };

const urlOf = ({ scheme, host }: RequestView, target: string): URL | undefined => {
  const text = `${scheme}://${host === '' ? 'localhost' : host}${target}`;
  return URL.canParse(text) ? new URL(text) : undefined;
};

/** What a rule made of a URL: a text that begins with a slash is of the same host whatever follows. */
const readResult = (result: unknown, request: RequestView, target: string): Rewritten => {
  if (result === undefined) return { target };
  const text = result instanceof URL ? result.href : result;
  if (typeof text !== 'string') throw new TypeError(`expected a URL or text, got ${typeof result}`);
  const url = text.startsWith('/') ? urlOf(request, text) : new URL(text);
  if (!url || !/^https?:$/.test(url.protocol)) throw new TypeError(`expected an http URL, got ${text}`);
  const isHere = url.hostname === (urlOf(request, '/')?.hostname ?? '');
  return isHere ? { target: url.pathname + url.search } : { elsewhere: url.href };
};

type Rewrite = (request: RequestView, target: string) => Rewritten;

const functionRewrite =
  ({ run, guard }: RuleFunction): Rewrite =>
  (request, target) =>
    guard.call(
      () => {
        const url = urlOf(request, target);
        return url ? readResult(run(url), request, target) : { target };
      },
      () => ({ target }),
    );

/** The query of the request stays unless the rule gives another. */
const patternRewrite = (from: string, to: string): Rewrite => {
  const pattern = new RegExp(`^(?:${from})`);
  return (request, target) => {
    const [path = '', query] = target.split(/\?(.*)/s);
    if (!pattern.test(path)) return { target };
    const made = path.replace(pattern, to);
    const whole = query === undefined || made.includes('?') ? made : `${made}?${query}`;
    if (/^https?:/i.test(whole)) return readResult(whole, request, target);
    return { target: whole };
  };
};

const compileRewrite = (rewrite: PlannedRewrite): { readonly run: Rewrite; readonly isPattern: boolean } =>
  'from' in rewrite
    ? { run: patternRewrite(rewrite.from, rewrite.to), isPattern: true }
    : { run: functionRewrite(rewrite), isPattern: false };

/** Functions are asked in order, each with what the one before it made; of patterns the first that matches holds. */
const compileRewrites = (rewrites: readonly PlannedRewrite[]): Rewrite => {
  const all = rewrites.map(compileRewrite);
  return (request, target) => {
    let now = target;
    let isMatched = false;
    for (const { run, isPattern } of all) {
      if (isPattern && isMatched) continue;
      const made = run(request, now);
      if ('elsewhere' in made) return made;
      isMatched ||= isPattern && made.target !== now;
      now = made.target;
    }
    return { target: now };
  };
};

/** Escaped slashes, and dot segments that servers of Java see behind parameters: `/..;x/`. */
const AMBIGUOUS = /%2f|%5c|\\|\/(?:\.|%2e){1,2}(?:;|%3b)/i;

/** A target without the begin of its path, which is cut between segments only. */
const cut = (target: string, prefix: string): string => {
  const rest = target.slice(prefix.length);
  if (!target.startsWith(prefix) || !/^(?:[/?]|$)/.test(rest)) return target;
  return rest.startsWith('/') ? rest : `/${rest}`;
};

/** What was made of the last request: it is asked for twice. */
interface Last {
  readonly request: RequestView;
  /** A view may serve for several requests. */
  readonly path: string;
  readonly query: string;
  readonly host: string;
  readonly made: Rewritten;
}

/** The path of a request on its way to a server. */
export class PathRules {
  readonly #planned: PlannedPath;
  readonly #rewrite: Rewrite | undefined;
  #last: Last | undefined = undefined;

  constructor(planned: PlannedPath) {
    this.#planned = planned;
    this.#rewrite = planned.rewrites.length > 0 ? compileRewrites(planned.rewrites) : undefined;
  }

  /** Servers may get another path than the client sent. */
  get changes(): boolean {
    const { isResolved, stripPrefix, addPrefix } = this.#planned;
    return isResolved || this.#rewrite !== undefined || (stripPrefix ?? addPrefix) !== undefined;
  }

  /** Some requests are answered because of their path. */
  get guards(): boolean {
    return this.#planned.refusesEncodedSlashes || this.#rewrite !== undefined;
  }

  /** Whether two readings of the path are possible that rules must not depend on. */
  isAmbiguous({ path }: RequestView): boolean {
    return this.#planned.refusesEncodedSlashes && AMBIGUOUS.test(path);
  }

  /** Where the client is sent if its request belongs to another host; undefined if it does not. */
  elsewhere(request: RequestView): string | undefined {
    if (!this.#rewrite) return undefined;
    const made = this.#made(request);
    return 'elsewhere' in made ? made.elsewhere : undefined;
  }

  /** Path and query as the server gets them. */
  target(request: RequestView): string {
    const made = this.#made(request);
    const target = 'target' in made ? made.target : '/';
    const { stripPrefix, addPrefix = '' } = this.#planned;
    if (!target.startsWith('/')) return target;
    return addPrefix + (stripPrefix === undefined ? target : cut(target, stripPrefix));
  }

  #made(request: RequestView): Rewritten {
    const { path, query, host } = request;
    const last = this.#last;
    if (last?.request === request && last.path === path && last.query === query && last.host === host)
      return last.made;
    const resolved = this.#planned.isResolved ? (matchablePath(path) ?? path) : path;
    const target = query === '' ? resolved : `${resolved}?${query}`;
    if (!this.#rewrite) return { target };
    const made = this.#rewrite(request, target);
    this.#last = { request, path, query, host, made };
    return made;
  }
}
