import type { Route, Routes } from './admin-route.ts';

/** A route that a path leads to, and what the named parts of the path say. */
export interface Found {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

interface Pattern {
  readonly parts: readonly string[];
  readonly routes: readonly Route[];
}

/** Undefined for a part that cannot be decoded, or is empty. */
const decoded = (part: string): string | undefined => {
  try {
    return decodeURIComponent(part) || undefined;
  } catch {
    return undefined;
  }
};

const paramsOf = (pattern: readonly string[], parts: readonly string[]): Found['params'] | undefined => {
  if (pattern.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, wanted] of pattern.entries()) {
    const part = parts[i] ?? '';
    if (!wanted.startsWith('{')) {
      if (wanted !== part) return undefined;
      continue;
    }
    const value = decoded(part);
    if (value === undefined) return undefined;
    params[wanted.slice(1, -1)] = value;
  }
  return params;
};

/** Finds the routes of a path: those of the very path first, then those of patterns. */
export class RouteTable {
  readonly #exact: Routes;
  readonly #patterns: readonly Pattern[];

  constructor(routes: Routes) {
    this.#exact = routes;
    this.#patterns = [...routes]
      .filter(([path]) => path.includes('{'))
      .map(([path, here]) => ({ parts: path.split('/'), routes: here }));
  }

  /** Every route at this path, with a method each; none for a path that nobody knows. */
  at(path: string): readonly Found[] {
    const exact = path.includes('{') ? [] : (this.#exact.get(path) ?? []);
    const parts = path.split('/');
    const others = this.#patterns.flatMap((pattern) => {
      const params = paramsOf(pattern.parts, parts);
      return params ? pattern.routes.map((route) => ({ route, params })) : [];
    });
    return [...exact.map((route) => ({ route, params: {} })), ...others];
  }
}
