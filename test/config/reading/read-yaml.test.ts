import { describe, expect, it } from 'vitest';
import { MAX_LENGTH, readYaml } from '../../../src/config/reading/read-yaml.ts';
import { SourceText } from '../../../src/config/reading/source-text.ts';
import { MAX_DEPTH, MAX_VALUES, plainValue } from '../../../src/config/reading/sourced.ts';
import { brief } from '../support.ts';

const read = (text: string) => readYaml(new SourceText('a.yaml', text));
const valueIn = (text: string) => {
  const { root, problems } = read(text);
  expect(problems).toEqual([]);
  return root && plainValue(root);
};
const problemsOf = (text: string) => read(text).problems.map(brief);

describe('YAML', () => {
  it('is of version 1.2 with the core schema: on is text, 12:30 is text, 0o17 is 15', () => {
    expect(valueIn('a: on\nb: 12:30\nc: 0o17\nd: ~\ne: 1.5\nf: true\ng: 0x1F')).toEqual({
      a: 'on',
      b: '12:30',
      c: 15,
      d: null,
      e: 1.5,
      f: true,
      g: 31,
    });
  });

  it('may be JSON', () => {
    const value = { a: [1, { b: 'x' }], c: null, d: 'é"\\' };
    expect(valueIn(JSON.stringify(value))).toEqual(value);
    expect(valueIn(JSON.stringify(value, null, 2))).toEqual(value);
  });

  it('is an empty mapping when there is nothing in it', () => {
    expect(valueIn('')).toEqual({});
    expect(valueIn('# only a comment\n')).toEqual({});
  });

  it('may start with a byte order mark and have CRLF line ends', () => {
    expect(valueIn('\ufeffa: 1\r\nb: 2\r\n')).toEqual({ a: 1, b: 2 });
  });

  it('repeats anchored values through aliases', () => {
    expect(valueIn('a: &x [1, 2]\nb: *x\nc: &x 3\nd: *x')).toEqual({ a: [1, 2], b: [1, 2], c: 3, d: 3 });
  });

  it.each([
    ['a bracket that is not closed', 'a: [b', '1:6 flow sequence'],
    ['a tab as indentation', 'a:\n\tb: 1', '2:1 tabs are not allowed'],
    ['a missing colon', 'a: 1\nb', '2:1 implicit map keys'],
    ['a second document', 'a: 1\n---\nb: 2', '2:1 more than one document'],
    ['a duplicate key', 'a: 1\nb: 2\na: 3', '3:1 duplicate key `a`; it is set in line 1 already'],
    ['a key that is a mapping', '{ a: 1 }: 2', '1:1 expected a name as the key'],
    ['a key that is nothing', '~: 1', '1:1 expected a name as the key'],
    ['an alias without anchor', 'a: *b', '1:4 there is no anchor `&b`'],
    ['a tag of its own', 'a: !secret x', 'tags are not allowed'],
    ['a standard tag', 'a: !!binary aGk=', 'tags are not allowed'],
    ['a tagged mapping', 'a: !!set { b }', 'tags are not allowed'],
    ['__proto__', 'a: { __proto__: { x: 1 } }', '1:6 `__proto__` is not allowed as a key'],
    ['constructor', 'constructor: 1', '1:1 `constructor` is not allowed as a key'],
    ['prototype', '"prototype": 1', '1:1 `prototype` is not allowed as a key'],
  ])('refuses %s', (_, text, problem) => {
    expect(problemsOf(text).join('\n')).toContain(problem);
  });

  it('never changes the prototype of anything', () => {
    const { root } = read('__proto__: { polluted: 1 }\na: { "__proto__": { polluted: 1 } }');
    expect(root && plainValue(root)).toEqual({ a: {} });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('reports several syntax errors, but not one for every line', () => {
    const problems = problemsOf(`a: 1\n${'b\n'.repeat(500)}}`);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThanOrEqual(10);
  });
});

describe('a text that is made to do harm', () => {
  it('is refused when it is larger than 1 MB', () => {
    expect(problemsOf(`#${'x'.repeat(MAX_LENGTH)}`)).toEqual(['1:1 the file is larger than 1 MB']);
  });

  it('is refused when aliases repeat one another without end (a billion laughs)', () => {
    const lines = Array.from({ length: 12 }, (_, i) =>
      i === 0 ? 'a0: &a0 [x, x]' : `a${i}: &a${i} [${`*a${i - 1}, `.repeat(10)}]`,
    );
    expect(problemsOf(lines.join('\n'))).toEqual([
      expect.stringContaining('more than 100 aliases in one file'),
    ]);
  });

  it('is refused when an alias stands in what it repeats', () => {
    expect(problemsOf('a: &a [*a]')).toEqual([expect.stringContaining('more than 100 aliases in one file')]);
  });

  it('is refused when it says too much by repeating', () => {
    const text = `a: &a [${'1,'.repeat(MAX_VALUES / 50)}]\nb: [${'*a,'.repeat(60)}]`;
    expect(problemsOf(text)).toEqual([expect.stringContaining(`more than ${MAX_VALUES} values`)]);
  });

  it.each([
    ['brackets', '['],
    ['braces', '{'],
    ['dashes', '- '],
    ['question marks', '? '],
    ['mappings', '{ a: '],
  ])('is refused when it nests deeply: %s', (_, part) => {
    expect(problemsOf(`a: ${part === '- ' ? '\n' : ''}${part.repeat(20_000)}`)).toEqual([
      expect.stringContaining(`nested deeper than ${MAX_DEPTH} levels`),
    ]);
  });

  it('is read when it nests no deeper than allowed', () => {
    const deep = MAX_DEPTH - 2;
    expect(problemsOf(`a: ${'['.repeat(deep)}1${']'.repeat(deep)}`)).toEqual([]);
  });

  it('is read while there is time when a mapping has very many keys', () => {
    expect(problemsOf(Array.from({ length: 40_000 }, (_, i) => `k${i}: 1`).join('\n'))).toEqual([]);
  });
});
