import type { DecisionView, ExplainQuestion, ServerView } from '../../../src/control/views/views.ts';

type Step = DecisionView['steps'][number];

/** What a test is written from: a decision, one of its steps, and the servers as they are now. */
export interface TestCase {
  /** What was asked. */
  readonly question: ExplainQuestion;
  readonly pool: string;
  readonly steps: readonly Step[];
  /** Which step is tested. */
  readonly index: number;
  /** Of the link: `filter`, `order`, `cut`. */
  readonly kind: string;
  /** Servers of the pool as this page knows them. */
  readonly servers: readonly ServerView[];
  /** Of the decision, or any. */
  readonly seed: number;
}

/** A text as code; also safe in a template and as the name of a test. */
const quoted = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'").replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`;

/** A value as code. Numbers that JSON has no word for are left out before. */
const literal = (value: unknown): string => JSON.stringify(value);

const isPath = (name: string): boolean => /^\.{0,2}\/|\.[cm]?[jt]sx?(#|$)/.test(name);

/** The lines that fetch the function under test by its name in the chain. */
const importOf = (name: string): readonly string[] => {
  if (!isPath(name))
    return [
      "import { builtIns } from 'forehand/candidacy';",
      '',
      '// A function of your own that has this name: import its script in place of this line.',
      `const underTest = builtIns.get(${quoted(name)});`,
    ];
  const [, path = name, exported] = /^(.*)#([\p{ID_Start}$_][\p{ID_Continue}$]*)$/u.exec(name) ?? [];
  const what = exported === undefined ? 'underTest' : `{ ${exported} as underTest }`;
  return [`import ${what} from ${quoted(path)};`];
};

const defined = (facts: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null && value !== undefined));

const serverLine = (server: ServerView): string => {
  const { id, pool, url, tags, stats, ageMs, inFlight, arriba, weight, latencyMs, failures, forwarded } =
    server;
  const facts = defined({ id, pool, url, tags, stats, arriba, inFlight, inFlightAtReport: inFlight, weight });
  const heard = ageMs === null ? {} : { heardAt: -Math.round(ageMs) };
  const own = defined({ latency: latencyMs, failures, forwarded });
  return `  aServer(${literal({ ...facts, ...heard, ...own, ...(server.self ? { isSelf: true } : {}) })}),`;
};

/** Path and host of the question, as a request has them. */
const requestOf = ({ url, method = 'GET', headers = {}, from }: ExplainQuestion): string => {
  const { hostname, pathname, search } = new URL(url, 'http://localhost');
  const facts = { method, host: hostname, path: pathname, query: search.slice(1), headers, clientIp: from };
  return literal(defined(facts));
};

/** Ids that were still in question before a step. */
const before = (steps: readonly Step[], index: number, servers: readonly ServerView[]): readonly string[] => {
  const gone = new Set(steps.slice(0, index).flatMap(({ dropped }) => dropped.map(({ id }) => id)));
  return servers.map(({ id }) => id).filter((id) => !gone.has(id));
};

const expectations = ({ steps, index, kind }: TestCase, input: readonly string[]): readonly string[] => {
  const step = steps[index];
  if (!step) return [];
  // Which ones a sample keeps is chance: how many is not.
  if (kind === 'cut') return [`  expect(left).toHaveLength(${step.after});`];
  const dropped = new Set(step.dropped.map(({ id }) => id));
  const kept = input.filter((id) => !dropped.has(id)).sort();
  const [best, second] = step.scores ?? [];
  const isClear = best && best.score !== null && best.score !== second?.score;
  return [
    `  expect([...left].sort()).toEqual(${literal(kept)});`,
    ...(isClear ? [`  expect(left[0]).toBe(${quoted(best.id)});`] : []),
  ];
};

/** Steps with a function behind them: not those set aside in front of the chain. */
export const testedSteps = (steps: readonly Step[]): readonly number[] =>
  steps.flatMap(({ name, before: servers }, i) => (name === 'drained' || servers === 0 ? [] : [i]));

/** The step that a reader most likely means: of their own script, else the first that dropped somebody. */
export const likelyStep = (steps: readonly Step[]): number => {
  const tested = testedSteps(steps);
  const own = tested.find((i) => isPath(steps[i]?.name ?? ''));
  const drops = tested.find((i) => (steps[i]?.dropped.length ?? 0) > 0);
  return own ?? drops ?? tested[0] ?? 0;
};

/** A test for vitest that makes the servers and the request of a decision again, and asks one of its functions. */
export const testText = (test: TestCase): string => {
  const { question, steps, index, servers, seed, pool } = test;
  const name = steps[index]?.name ?? '';
  const input = before(steps, index, servers);
  const title = `${name} for ${question.method ?? 'GET'} ${question.url}`;
  return [
    "import type { Candidacy, CandidacyFunction } from 'forehand';",
    "import { aMoment, aRequest, aServer } from 'forehand/testing';",
    "import { expect, test } from 'vitest';",
    ...importOf(name),
    '',
    '/** What defineCandidacy made gets its default options: put those of your chain in place of {}. */',
    'const runOf = (made: Candidacy | CandidacyFunction | undefined): CandidacyFunction => {',
    `  if (!made) throw new Error(${quoted(`import the script of ${name}`)});`,
    "  return typeof made === 'function' ? made : made.create(made.options?.parse({}), () => undefined);",
    '};',
    '',
    `test(${quoted(title)}, () => {`,
    `  // Pool ${quoted(pool)}: those that came to this function, as they were when the test was copied.`,
    '  const servers = [',
    ...servers.filter(({ id }) => input.includes(id)).map((server) => `  ${serverLine(server)}`),
    '  ];',
    `  const request = aRequest(${requestOf(question)});`,
    `  const moment = aMoment({ request, now: 0, seed: ${Math.trunc(seed)} });`,
    '  const left = runOf(underTest)(servers, moment).map(({ id }) => id);',
    ...expectations(test, input),
    '});',
    '',
  ].join('\n');
};
