/** A place in a source text. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing wrong (or worth a warning) in something that a person wrote. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  /** What was expected and what was found; lower case, no place in it. */
  readonly message: string;
  readonly place?: Place;
  /** Dotted path of the value, for example `pools.web.chain[1]`. */
  readonly path?: string;
  /** The source line that `place` points into, for the frame. */
  readonly lineText?: string;
  /** The line before it, where there is one. */
  readonly lineBefore?: string;
  /** How many columns the fault spans, at least 1. */
  readonly length?: number;
  /** What to write instead. */
  readonly suggestion?: string;
  /** A line under the frame that lists what is known. */
  readonly note?: string;
}

/** The configuration cannot be used. Carries every problem found, not only the first. */
export class ConfigError extends Error {
  readonly code = 'config_invalid';
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map((problem) => problem.message).join('; '));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** A user's script cannot be loaded. The one that ran before goes on. */
export class ScriptError extends Error {
  readonly code = 'script_invalid';
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[], options?: ErrorOptions) {
    super(problems.map((problem) => problem.message).join('; '), options);
    this.name = 'ScriptError';
    this.problems = problems;
  }
}

/** The message of anything thrown. Never throws itself: users throw values that cannot be made a string, too. */
export const messageOf = (thrown: unknown): string => {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return 'a value that has no text';
  }
};
