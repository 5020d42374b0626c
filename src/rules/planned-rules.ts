import type { Millis } from '../core/types.ts';

/** A user's function with its rails. */
export interface RuleFunction {
  /** As the configuration names it. */
  readonly reference: string;
  readonly run: (...values: readonly unknown[]) => unknown;
  readonly guard: {
    /** Calls inside the rails; `otherwise` answers for a call that throws, or that is not made. */
    call<T>(work: () => T, otherwise: () => T): T;
  };
}

/** One rule of who may come: an address or a range, a host name, a suffix with its dot, or a function. */
export type AccessRule = string | RuleFunction;

/** Who may come. Something of `allow`, unless it is empty, and nothing of `deny`. */
export interface PlannedAccess {
  readonly allow: readonly AccessRule[];
  readonly deny: readonly AccessRule[];
}

/** Who has to say a name and a password. */
export interface PlannedLogin {
  readonly realm: string;
  /** Hashes as text, by name. */
  readonly users: ReadonlyMap<string, string>;
}

/** How many requests in what time. What counts them outlives a reload that leaves its name and its numbers. */
export interface PlannedLimit {
  /** Of the route or host that it is for. */
  readonly name: string;
  readonly requests: number;
  readonly per: Millis;
  /** Requests at once; at least 1. */
  readonly burst: number;
  /** `client`, `header:NAME` or `cookie:NAME`. */
  readonly key: string;
}

export interface PlannedRedirect {
  /** With placeholders. */
  readonly to: string;
  readonly status: number;
}

/** A path is rewritten by what a pattern matches, or by a function of the whole URL. */
export type PlannedRewrite = { readonly from: string; readonly to: string } | RuleFunction;

/** What happens to the path on its way. */
export interface PlannedPath {
  /** Dot segments are resolved once, for matching and for the server alike. */
  readonly isResolved: boolean;
  readonly refusesEncodedSlashes: boolean;
  readonly rewrites: readonly PlannedRewrite[];
  readonly stripPrefix?: string;
  readonly addPrefix?: string;
}

/** What happens to header fields; values are templates. */
export interface PlannedEdits {
  readonly set: Readonly<Record<string, string>>;
  readonly add: Readonly<Record<string, readonly string[]>>;
  readonly remove: readonly string[];
}

/** Text that is answered. */
export interface PlannedPage {
  readonly contentType: string;
  readonly body: string;
}

export interface PlannedResponse extends Partial<PlannedPage> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** All that a route does besides choosing a server, with everything found that it names. */
export interface PlannedRules {
  /** That of its host first; each holds. */
  readonly access: readonly PlannedAccess[];
  /** That of its host first; each holds. */
  readonly logins: readonly PlannedLogin[];
  /** That of its host first; each holds. */
  readonly limits: readonly PlannedLimit[];
  readonly redirect?: PlannedRedirect;
  readonly respond?: PlannedResponse;
  readonly path: PlannedPath;
  /** In order. */
  readonly requestHeaders: readonly PlannedEdits[];
  /** In order. */
  readonly answerHeaders: readonly PlannedEdits[];
  /** By status, `404`, or class, `5xx`. */
  readonly errorPages: Readonly<Record<string, PlannedPage>>;
}
