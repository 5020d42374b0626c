import type { LocalAnswer, RouteRules } from '../core/route-rules.ts';
import type { Millis, RequestView, Server } from '../core/types.ts';
import { Access } from './access.ts';
import type { ClientNames } from './client-names.ts';
import { compileEdits } from './edits.ts';
import type { KnownLogins } from './known-logins.ts';
import { Login } from './login.ts';
import { Pages, responseAnswer } from './pages.ts';
import { compileRedirect, PathRules, redirection } from './path-rules.ts';
import type { PlannedRules } from './planned-rules.ts';
import type { RateLimit, RateLimits } from './rate-limits.ts';

/** What rules are made with. */
export interface RuleTools {
  readonly names: ClientNames;
  readonly logins: KnownLogins;
  readonly limits: RateLimits;
}

const SLASHES: LocalAnswer = {
  status: 400,
  reason: 'the path has an encoded slash, a backslash or a dot segment with parameters',
};
const DENIED: LocalAnswer = { status: 403, reason: 'access is denied' };

const tooMany = (wait: Millis): LocalAnswer => ({
  status: 429,
  reason: 'too many requests',
  fields: `Retry-After: ${Math.max(1, Math.ceil(wait / 1000))}\r\n`,
});

/** The parts of a route's rules that may turn a request away, in their order. */
class Gate {
  readonly #paths: PathRules;
  readonly #access: readonly Access[];
  readonly #limits: readonly RateLimit[];
  readonly #logins: readonly Login[];
  readonly #redirect: ((request: RequestView) => LocalAnswer) | undefined;

  constructor(planned: PlannedRules, paths: PathRules, tools: RuleTools) {
    this.#paths = paths;
    this.#access = planned.access.map((access) => new Access(access, tools.names));
    this.#limits = planned.limits.map((limit) => tools.limits.of(limit));
    this.#logins = planned.logins.map((login) => new Login(login, tools.logins));
    this.#redirect = planned.redirect && compileRedirect(planned.redirect);
  }

  get isOpen(): boolean {
    const parts = this.#access.length + this.#limits.length + this.#logins.length;
    return parts === 0 && !this.#paths.guards && !this.#redirect;
  }

  get mayWait(): boolean {
    return this.#access.length + this.#logins.length > 0;
  }

  /** First encoded slashes, then who the client is, how often it comes, what it knows, and where it belongs. */
  answer(request: RequestView, now: Millis): LocalAnswer | undefined {
    if (this.#paths.isAmbiguous(request)) return SLASHES;
    if (!this.#access.every((access) => access.allows(request))) return DENIED;
    const wait = this.#limits.reduce((most, limit) => Math.max(most, limit.take(request, now)), 0);
    if (wait > 0) return tooMany(wait);
    return this.#refused(request) ?? this.#redirect?.(request) ?? this.#elsewhere(request);
  }

  /** Has passwords checked, of nobody who is turned away before that: who is denied, or comes too often. */
  waits(request: RequestView, now: Millis, go: () => void): boolean {
    const asked = this.#logins.filter((login) => login.wants(request));
    if (asked.length === 0 || this.#isRefused(request, now)) return false;
    let open = asked.length;
    const done = (): void => {
      open -= 1;
      if (open === 0) go();
    };
    for (const login of asked) login.find(request, done);
    return true;
  }

  /** What comes before passwords has turned it away. Counts nothing. */
  #isRefused(request: RequestView, now: Millis): boolean {
    return (
      this.#paths.isAmbiguous(request) ||
      !this.#limits.every((limit) => limit.allows(request, now)) ||
      !this.#access.every((access) => access.allows(request))
    );
  }

  /** The client whose names have to be found out first. */
  unknownClient(request: RequestView): string | undefined {
    for (const access of this.#access) {
      const ip = access.unknown(request);
      if (ip !== undefined) return ip;
    }
    return undefined;
  }

  #refused(request: RequestView): LocalAnswer | undefined {
    for (const login of this.#logins) {
      const refusal = login.refusal(request);
      if (refusal) return refusal;
    }
    return undefined;
  }

  #elsewhere(request: RequestView): LocalAnswer | undefined {
    const place = this.#paths.elsewhere(request);
    return place === undefined ? undefined : redirection(place, 307);
  }
}

const waitsOf = (gate: Gate, tools: RuleTools, now: () => Millis): NonNullable<RouteRules['waits']> => {
  const { names } = tools;
  return (request, go) => {
    const ip = gate.unknownClient(request);
    if (ip === undefined) return gate.waits(request, now(), go);
    names.find(ip, () => {
      if (!gate.waits(request, now(), go)) go();
    });
    return true;
  };
};

/** Parts that are made elsewhere. */
export interface MadeRules {
  /** What answers inside this process, made with the answers that take the place of our own texts. */
  local?(errorAnswer: RouteRules['errorAnswer']): LocalAnswer | Server | undefined;
  now(): Millis;
}

const isNothing = (rules: RouteRules): boolean => Object.keys(rules).length === 0;

/** Makes the rules of a route; undefined for a route that has none. */
export const compileRules = (
  planned: PlannedRules,
  tools: RuleTools,
  made: MadeRules,
): RouteRules | undefined => {
  const paths = new PathRules(planned.path);
  const gate = new Gate(planned, paths, tools);
  const pages = new Pages(planned.errorPages);
  const errorAnswer = pages.isEmpty ? undefined : (status: number) => pages.of(status);
  const local = planned.respond ? pages.dress(responseAnswer(planned.respond)) : made.local?.(errorAnswer);
  const requestEdits = compileEdits(planned.requestHeaders);
  const answerEdits = compileEdits(planned.answerHeaders);
  const guard = (request: RequestView, now: Millis): LocalAnswer | undefined => {
    const answer = gate.answer(request, now);
    return answer && pages.dress(answer);
  };
  const rules: RouteRules = {
    ...(gate.mayWait ? { waits: waitsOf(gate, tools, () => made.now()) } : {}),
    ...(gate.isOpen ? {} : { guard }),
    ...(local ? { local } : {}),
    ...(paths.changes ? { target: (request) => paths.target(request) } : {}),
    ...(requestEdits ? { requestEdits } : {}),
    ...(answerEdits ? { answerEdits } : {}),
    ...(errorAnswer ? { errorAnswer } : {}),
  };
  return isNothing(rules) ? undefined : rules;
};
