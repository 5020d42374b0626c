import { describe, expect, it } from 'vitest';
import { formatProblems } from '../../../src/config/shown/format.ts';
import type { Problem } from '../../../src/core/errors.ts';

const PLACE = { file: 'a.yaml', line: 2, column: 5 };
const aProblem = (facts: Partial<Problem> = {}): Problem => ({
  severity: 'error',
  message: 'it is wrong',
  ...facts,
});
const lines = (problem: Problem) => formatProblems([problem], { color: false }).split('\n').slice(0, -2);

describe('a problem as text', () => {
  it('has its place, its line with the line before, carets and what to do', () => {
    const facts = {
      place: PLACE,
      lineText: 'b:  x',
      lineBefore: 'a: 1',
      length: 1,
      suggestion: 'write y',
      note: 'known: y z',
    };
    expect(lines(aProblem(facts))).toEqual([
      'a.yaml:2:5: error: it is wrong',
      '   1 │ a: 1',
      '   2 │ b:  x',
      '     │     ^ write y',
      '  known: y z',
    ]);
  });

  it('has one line where there is none before', () => {
    expect(lines(aProblem({ place: { ...PLACE, line: 1 }, lineText: 'b:  x' }))).toEqual([
      'a.yaml:1:5: error: it is wrong',
      '   1 │ b:  x',
      '     │     ^',
    ]);
  });

  it('has its path where there is no place', () => {
    expect(lines(aProblem({ path: 'pools.web', suggestion: 'write y' }))).toEqual([
      'pools.web: error: it is wrong',
      '  write y',
    ]);
  });

  it('has its place without the line where that is not known', () => {
    expect(lines(aProblem({ place: PLACE }))).toEqual(['a.yaml:2:5: error: it is wrong']);
  });

  it('has its message where nothing else is known', () => {
    expect(lines(aProblem({ severity: 'warning' }))).toEqual(['warning: it is wrong']);
  });

  it('keeps line numbers of any width in line', () => {
    const place = { file: 'a.yaml', line: 1000, column: 1 };
    expect(lines(aProblem({ place, lineText: 'x', lineBefore: 'w' }))).toEqual([
      'a.yaml:1000:1: error: it is wrong',
      '   999 │ w',
      '  1000 │ x',
      '       │ ^',
    ]);
  });

  it('puts carets under what follows tabs', () => {
    expect(lines(aProblem({ place: { ...PLACE, column: 4 }, lineText: 'a:\tx' })).at(-1)).toBe(
      '     │   \t^',
    );
  });

  it('shows the part of a very long line that it is about', () => {
    const lineText = `${'a'.repeat(500)}FAULT${'b'.repeat(500)}`;
    const [, line = '', carets = ''] = lines(
      aProblem({ place: { ...PLACE, column: 501 }, lineText, lineBefore: 'x', length: 5 }),
    );
    expect(line.length).toBeLessThan(140);
    expect(line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('FAULT');
    expect(line).toMatch(/│ …a+FAULTb+…$/);
  });

  it('never marks more than is shown', () => {
    const [, , carets = ''] = lines(aProblem({ place: PLACE, lineText: 'x'.repeat(5000), length: 5000 }));
    expect(carets.length).toBeLessThan(140);
  });

  it('shows control characters instead of sending them to a terminal', () => {
    const text = formatProblems(
      [
        aProblem({
          message: 'got \u001b[2J',
          place: PLACE,
          lineText: 'x: \u001b]0;title\u0007',
          suggestion: '\u009b',
          note: '\u0000',
        }),
      ],
      { color: false },
    );
    expect([...text].filter((character) => character < ' ' && character !== '\n')).toEqual([]);
    expect(text).not.toContain('\u009b');
  });

  it('is coloured where that is wanted, with the same text', () => {
    const problems = [aProblem({ place: PLACE, lineText: 'b:  x', suggestion: 'write y' })];
    const colored = formatProblems(problems, { color: true });
    expect(colored).toContain('\u001b[31merror:\u001b[0m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what colours text is made of
    expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(formatProblems(problems, { color: false }));
  });
});

describe('the last line', () => {
  const ofKinds = (...kinds: readonly Problem['severity'][]) =>
    kinds.map((severity) => aProblem({ severity }));

  it.each<[Problem[], boolean, string]>([
    [ofKinds('error'), false, '1 error, 0 warnings.'],
    [ofKinds('error', 'warning', 'error'), true, '2 errors, 1 warning. The running configuration was kept.'],
    [[], false, '0 errors, 0 warnings.'],
  ])('counts', (problems, kept, line) => {
    expect(formatProblems(problems, { color: false, kept }).split('\n').at(-2)).toBe(line);
  });
});
