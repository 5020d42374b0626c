import type { Kind } from './candidacy.ts';
import type { Delivery } from './decide.ts';
import type { Redirect } from './types.ts';

/** What of a step the sentence depends on. */
export interface WhyStep {
  readonly name: string;
  /** A step that is no link (`drained`) is a filter. */
  readonly kind: Kind;
  readonly before: number;
  readonly after: number;
  readonly dropped: readonly { readonly id: string; readonly reason: string }[];
  /** Best first; null for what is no number. May be cut short. */
  readonly scores?: readonly { readonly id: string; readonly score: number | null }[] | undefined;
  /** It left its list in random order: a shuffle or a sample. */
  readonly isRandom: boolean;
}

/** What is known of a decision that has been explained. */
export interface WhyFacts {
  readonly chosen: string | null;
  readonly delivery: Delivery;
  readonly redirect?: Redirect | undefined;
  /** Servers of the pool, whatever was set by hand. */
  readonly servers: number;
  /** Those that the last link left. */
  readonly left: readonly string[];
  /** In the order of the chain; those that it never came to are left out. */
  readonly steps: readonly WhyStep[];
}

/** Filters that are named; more than these make a sentence that nobody reads. */
const FILTERS_TOLD = 3;

/** Digits that a number is shown with, and with which it is at most, where fewer would make two the same. */
const DIGITS = 3;
const MOST_DIGITS = 12;

const number = (value: number, digits = DIGITS): string => String(Number(value.toPrecision(digits)));

/** Two numbers that differ, with as many digits as it takes to see that. */
const differing = (a: number, b: number): readonly [string, string] => {
  let digits = DIGITS;
  while (digits < MOST_DIGITS && number(a, digits) === number(b, digits)) digits += 1;
  return [number(a, digits), number(b, digits)];
};

const othersText = (count: number): string => (count === 1 ? '1 other' : `${count} others`);

/** The last step that says what it ordered by, and knew a number of the chosen. */
const decisive = ({ steps, chosen }: WhyFacts): WhyStep | undefined =>
  steps.findLast(
    ({ kind, scores, after }) => kind === 'order' && after > 1 && scores?.some(({ id }) => id === chosen),
  );

/** What ordered the list last, and what put it in random order behind that. */
const lastOrder = (steps: readonly WhyStep[]): number =>
  steps.findLastIndex(({ kind, after }) => kind === 'order' && after > 1);

const isAtRandom = (steps: readonly WhyStep[], before: number): boolean => {
  const shuffle = steps.slice(0, before).findLastIndex(({ isRandom }) => isRandom);
  return shuffle !== -1 && shuffle >= lastOrder(steps.slice(0, before));
};

/** By a number: against the next one that was left, or together with those that have the same. */
const byScore = (facts: WhyFacts, step: WhyStep): string => {
  const { chosen, left, steps } = facts;
  const rivals = (step.scores ?? []).filter(({ id }) => id !== chosen && left.includes(id));
  const own = step.scores?.find(({ id }) => id === chosen)?.score ?? null;
  if (own === null) return `${step.name} knows no number of it, nor of any other`;
  const equals = rivals.filter(({ score }) => score === own);
  const [first] = equals;
  if (first) {
    const more = equals.length > 1 ? ` and ${othersText(equals.length - 1)}` : '';
    const how = isAtRandom(steps, steps.indexOf(step)) ? 'taken at random among them' : 'it stands first';
    return `${step.name} ${number(own)}, the same as ${first.id}${more}; ${how}`;
  }
  const next = rivals.find(({ score }) => score !== null && score > own);
  if (next) {
    const [mine, its] = differing(own, next.score ?? own);
    return `${step.name} ${mine} against ${its} (${next.id})`;
  }
  return rivals.length > 0
    ? `${step.name} ${number(own)}, the only number known`
    : `${step.name} ${number(own)}`;
};

/** One server is left of several: whoever left it alone has chosen. */
const byElimination = ({ servers, steps }: WhyFacts): string => {
  if (servers === 1) return 'the pool has no other server';
  const last = steps.findLast(({ before, after }) => before > 1 && after === 1);
  if (!last) return 'no other server is eligible';
  if (last.name === 'drained') return 'all others were taken out';
  if (last.isRandom) return `drawn at random, 1 of ${last.before} (${last.name})`;
  return `the only one of ${last.before} that ${last.name} left`;
};

const howChosen = (facts: WhyFacts): string => {
  const { left, steps } = facts;
  if (left.length === 1) return byElimination(facts);
  const step = decisive(facts);
  if (step && steps.indexOf(step) === lastOrder(steps)) return byScore(facts, step);
  const order = steps[lastOrder(steps)];
  if (isAtRandom(steps, steps.length)) return `drawn at random among ${left.length}`;
  if (order) return `${order.name} put it first of ${left.length}`;
  return `it stands first of ${left.length}; no function puts them in order`;
};

const wasUndone = (steps: readonly WhyStep[], i: number): boolean => {
  const { before = 0, after = 0 } = steps[i] ?? {};
  return after === 0 && before > 0;
};

const droppedText = ({ name, before, after, dropped }: WhyStep): string => {
  const [first] = dropped;
  const count = before - after;
  if (!first) return `${count} left out by ${name}`;
  const more = count > 1 ? ` and ${othersText(count - 1)}` : '';
  return `${first.id}${more} left out by ${name} (${first.reason})`;
};

/** What the links did to the list on the way, for a decision that somebody won. */
const onTheWay = (steps: readonly WhyStep[]): readonly string[] => {
  const undone = steps
    .filter((_, i) => wasUndone(steps, i))
    .map(({ name }) => `${name} left nobody and was ignored`);
  const filters = steps.filter(({ kind, before, after }) => kind === 'filter' && after < before && after > 0);
  const cuts = steps.filter(({ kind, before, after }) => kind === 'cut' && after < before && after > 0);
  const more = filters.slice(FILTERS_TOLD);
  return [
    ...filters.slice(0, FILTERS_TOLD).map(droppedText),
    ...(more.length > 0 ? [`more left out by ${more.map(({ name }) => name).join(', ')}`] : []),
    ...cuts.map(({ name, before, after }) => `${name} kept ${after} of ${before}`),
    ...undone,
  ];
};

/** Why nobody was chosen. */
const whyNobody = ({ servers, steps }: WhyFacts): string => {
  if (servers === 0) return 'the pool has no servers';
  const i = steps.findIndex((_, at) => wasUndone(steps, at));
  const step = steps[i];
  if (step) {
    const [first] = step.dropped;
    const example = first ? ` (${first.id}: ${first.reason})` : '';
    if (step.name === 'drained') return `all ${step.before} were taken out${example}`;
    return `${step.name} left none of ${step.before}${example}`;
  }
  const last = steps.at(-1);
  if (!last || last.before === 0) return 'there was no server to choose from';
  return last.name === 'off' ? 'off stands in the chain' : `${last.name} failed, and its onError says fail`;
};

/**
 * A decision as one sentence: who won and by what number against whom, who was left out and why, what was kept of how
 * many. It says nothing that the steps do not say.
 */
export const whyOf = (facts: WhyFacts): string => {
  const { chosen, delivery, redirect } = facts;
  if (delivery === 'local') return `served locally: ${whyNobody(facts)}`;
  if (chosen === null) return `no server: ${whyNobody(facts)}`;
  const ending = redirect ? [`the client is sent to ${redirect.location} (${redirect.status})`] : [];
  return [`${chosen} won: ${howChosen(facts)}`, ...onTheWay(facts.steps), ...ending].join('; ');
};
