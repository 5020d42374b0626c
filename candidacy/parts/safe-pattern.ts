import { messageOf } from '../../src/core/errors.ts';

/** No host name needs more, and the work of a bad pattern grows with it. */
const MAX_LENGTH = 256;
/** What a repetition without an end counts as: the length of a label. */
const LONG = 64;
/**
 * In how many ways a pattern may try to match from one place on: as many as two `.*` and three `a?` do. Measured on
 * Node 20, the worst of these take a fraction of a second on a name of 253 letters; four `.*` take 30 s.
 */
const MAX_WAYS = 8 * LONG ** 2;

const QUANTIFIER = /([*+?]|\{(\d+)(,?)(\d*)\})\??/y;
const OPENING = /\((?:\?(?:[:=!]|<[=!]|<\w+>))?/y;
const REFERENCE = /\\[1-9k]/y;
const CLASS_OR_ESCAPE = /\[(?:\\.|[^\]\\])*\]|\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|c[a-z]|.)/iy;
/** One character that stands for itself. */
const LITERAL = /\\([^\w\s])|([^\\()[\]{}.*+?^$|])/y;

/** A group that is open, the whole pattern being the first. */
interface Group {
  readonly start: number;
  /** In how many ways the alternative so far can match; at least 1. */
  ways: number;
  /** The sum of that over the alternatives before it. */
  others: number;
}

/** How often an atom may occur. */
interface Times {
  readonly least: number;
  readonly most: number;
}

const matchAt = (expression: RegExp, text: string, at: number): RegExpExecArray | null => {
  expression.lastIndex = at;
  return expression.exec(text);
};

const timesOf = (quantifier: RegExpExecArray | null): Times => {
  if (!quantifier) return { least: 1, most: 1 };
  const [, sign, low, comma, high] = quantifier;
  if (low === undefined)
    return { least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : Number.POSITIVE_INFINITY };
  const least = Number(low);
  return { least, most: comma ? Number(high || Number.POSITIVE_INFINITY) : least };
};

/** The end of a group that occurs once changes nothing about what comes next. */
const behindGroup = (pattern: string, at: number): number =>
  pattern[at] === ')' && !matchAt(QUANTIFIER, pattern, at + 1) ? at + 1 : at;

/** What comes next, if it is a character that must come. */
const literalAt = (pattern: string, at: number): string | undefined => {
  const literal = matchAt(LITERAL, pattern, at);
  if (!literal) return undefined;
  const { least } = timesOf(matchAt(QUANTIFIER, pattern, at + literal[0].length));
  return least > 0 ? (literal[1] ?? literal[2]) : undefined;
};

/** In how many ways a repeated atom can end: one, if it cannot swallow the character that must follow (`[a-z]+-`). */
const waysToRepeat = (atom: string, { least, most }: Times, next: string | undefined): number => {
  if (least === most) return 1;
  const ends = next !== undefined && !new RegExp(`^(?:${atom})$`, 'i').test(next);
  return ends ? 1 : Math.min(LONG, most - least + 1);
};

interface Walk {
  readonly pattern: string;
  readonly open: Group[];
  at: number;
}

/** Goes on by one atom (a character, a class, the end of a group) with what repeats it. Returns a fault, if any. */
const stepOver = (walk: Walk): string | undefined => {
  const { pattern, open } = walk;
  const start = walk.at;
  const closed = pattern[start] === ')' ? open.pop() : undefined;
  const end = start + (matchAt(CLASS_OR_ESCAPE, pattern, start)?.[0].length ?? 1);
  const quantifier = matchAt(QUANTIFIER, pattern, end);
  const times = timesOf(quantifier);
  walk.at = end + (quantifier?.[0].length ?? 0);
  const inside = closed ? closed.ways + closed.others : 1;
  if (closed && inside > 1 && times.most > 1)
    return `expected no repetition around repetitions or choices, got ${pattern.slice(closed.start, walk.at)}, which can take exponential time; repeat a single character or class instead`;
  const outer = open.at(-1);
  if (!outer) return undefined;
  if (pattern[start] === '|') {
    outer.others += outer.ways;
    outer.ways = 1;
    return undefined;
  }
  // Groups in groups may be repeated together.
  const behind = open.length <= 2 ? behindGroup(pattern, walk.at) : walk.at;
  const next = closed ? undefined : literalAt(pattern, behind);
  outer.ways *= inside * waysToRepeat(pattern.slice(start, end), times, next);
  return undefined;
};

/** Walks over a pattern that the engine has already taken. */
const backtrackingFault = (pattern: string, mostWays: number): string | undefined => {
  const whole: Group = { start: 0, ways: 1, others: 0 };
  const walk: Walk = { pattern, open: [whole], at: 0 };
  while (walk.at < pattern.length) {
    if (matchAt(REFERENCE, pattern, walk.at))
      return 'expected no reference back to a group, which can take exponential time';
    const opening = matchAt(OPENING, pattern, walk.at);
    if (opening) {
      walk.open.push({ start: walk.at, ways: 1, others: 0 });
      walk.at += opening[0].length;
      continue;
    }
    const fault = stepOver(walk);
    if (fault !== undefined) return fault;
  }
  if (whole.ways + whole.others <= mostWays) return undefined;
  const allowed = mostWays < MAX_WAYS ? 'one ".*" is allowed' : 'two of ".*" are allowed';
  return `expected a pattern that can match in few ways, got one with so many repetitions or choices that it can take minutes; ${allowed}`;
};

/**
 * What is wrong with a regular expression that a person wrote; undefined for one that is well formed and fast on every
 * host name. It looks at the form alone, so it also refuses some that would be fast. `mostWays`: in how many ways it may
 * try to match from one place on, for texts that can be longer than a host name.
 */
export const patternFault = (pattern: string, mostWays = MAX_WAYS): string | undefined => {
  if (pattern.length > MAX_LENGTH) return `expected at most ${MAX_LENGTH} characters, got ${pattern.length}`;
  try {
    new RegExp(pattern);
  } catch (thrown) {
    return `expected a regular expression: ${messageOf(thrown)}`;
  }
  return backtrackingFault(pattern, mostWays);
};
