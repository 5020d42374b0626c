import type { Problem } from '../../core/errors.ts';

/** Widest line of a source that is shown whole; of longer ones (JSON in one line) the part round the fault. */
const WIDTH = 120;
const CONTEXT = 40;

const COLORS = { error: 31, warning: 33, bold: 1, dim: 2 } as const;

type Paint = (color: keyof typeof COLORS, text: string) => string;

const inColor: Paint = (color, text) => `\u001b[${COLORS[color]}m${text}\u001b[0m`;
const plain: Paint = (_, text) => text;

/** What a terminal would obey instead of show. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

const harmless = (text: string): string => text.replace(CONTROL, '\ufffd');

const clipped = (line: string, from: number): string => {
  const part = line.slice(from, from + WIDTH);
  return `${from > 0 ? '…' : ''}${part}${line.length > from + WIDTH ? '…' : ''}`;
};

const frame = (problem: Problem, paint: Paint): readonly string[] => {
  const { place, lineText, lineBefore, length = 1, suggestion = '' } = problem;
  if (!place || lineText === undefined) return suggestion ? [`  ${suggestion}`] : [];
  const width = Math.max(2, String(place.line).length);
  const gutter = (line: number | string): string => paint('dim', `  ${String(line).padStart(width)} │ `);
  const column = place.column - 1;
  const from = lineText.length > WIDTH ? Math.max(0, column - CONTEXT) : 0;
  const shown = clipped(lineText, from);
  const indent = shown.slice(0, column - from + (from > 0 ? 1 : 0)).replace(/[^\t]/g, ' ');
  const carets = '^'.repeat(Math.max(1, Math.min(length, WIDTH - (column - from))));
  return [
    ...(lineBefore === undefined || from > 0 ? [] : [`${gutter(place.line - 1)}${clipped(lineBefore, 0)}`]),
    `${gutter(place.line)}${shown}`,
    `${gutter('')}${indent}${paint(problem.severity, `${carets} ${suggestion}`.trimEnd())}`,
  ];
};

const heading = ({ place, path, severity, message }: Problem, paint: Paint): string => {
  const where = place ? `${place.file}:${place.line}:${place.column}` : path;
  return `${where ? `${paint('bold', `${where}:`)} ` : ''}${paint(severity, `${severity}:`)} ${message}`;
};

const clean = (problem: Problem): Problem => ({
  ...problem,
  message: harmless(problem.message),
  ...(problem.place ? { place: { ...problem.place, file: harmless(problem.place.file) } } : {}),
  ...(problem.lineText === undefined ? {} : { lineText: harmless(problem.lineText) }),
  ...(problem.lineBefore === undefined ? {} : { lineBefore: harmless(problem.lineBefore) }),
  ...(problem.suggestion === undefined ? {} : { suggestion: harmless(problem.suggestion) }),
  ...(problem.note === undefined ? {} : { note: harmless(problem.note) }),
});

const oneProblem = (given: Problem, paint: Paint): string => {
  const problem = clean(given);
  const note = problem.note === undefined ? [] : [`  ${problem.note}`];
  return [heading(problem, paint), ...frame(problem, paint), ...note].join('\n');
};

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/**
 * Problems as text for people, one after the other, each with the line it is about and what to do; then how many
 * there are. `kept` adds that what ran before runs on. Ends with a line feed.
 */
export const formatProblems = (
  problems: readonly Problem[],
  { color, kept = false }: { readonly color: boolean; readonly kept?: boolean },
): string => {
  const paint = color ? inColor : plain;
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const summary = `${counted(errors, 'error')}, ${counted(problems.length - errors, 'warning')}.`;
  const ending = kept ? ' The running configuration was kept.' : '';
  return `${[...problems.map((problem) => oneProblem(problem, paint)), `${summary}${ending}`].join('\n')}\n`;
};
