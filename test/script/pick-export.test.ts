import { describe, expect, it } from 'vitest';
import { functionFault, pickExport } from '../../src/script/pick-export.ts';
import { aFolder, aLoader, problemOf } from './support.ts';

describe('an export that no link can run is refused with its place', () => {
  it.each([
    ['', 'a promise', 'export default async (s: unknown) => s;', 'the export "default" is async', 1],
    ['#f', 'a named one', '\nexport async function f() {}', 'the export "f" is async', 2],
    ['', 'a generator', 'export default function* () {}', 'the export "default" is a generator', 1],
    ['', 'an async generator', 'export default async function* () {}', 'the export "default" is async', 1],
    ['#C', 'a class', '\n\n  export class C {}', 'the export "C" is a class, not a function', 3],
    [
      '',
      'a number',
      'const a = 7;\nexport { a as default };',
      'is a value of type number, not a function',
      2,
    ],
    ['#a', 'null', 'export const a = null;', 'the export "a" is null, not a function', 1],
    ['#a', 'a list', 'export const b = 1, a = [];', 'the export "a" is a list, not a function', 1],
    ['#$a', 'an object', 'export const a = 1;\nexport const $a = {};', 'is an object, not a function', 2],
    [
      '',
      'a kind that is none',
      'export default { name: "x", kind: "sort", create: () => 1 };',
      'kind "sort"',
      1,
    ],
    [
      '',
      'a scope that is none',
      'export default { name: "x", scope: "all", create: () => 1 };',
      'scope "all"',
      1,
    ],
    [
      '',
      'options without a schema',
      'export default { name: "x", options: { a: 1 }, create: () => 1 };',
      'zod',
      1,
    ],
    ['', 'an async create', 'export default { name: "x", create: async () => 1 };', 'async create', 1],
  ])('%s: %s', async (name, _, source, message, line) => {
    const folder = aFolder({ 's.ts': source });
    const problem = await problemOf(aLoader().loader.load(`./s.ts${name}`, folder.path));
    expect(problem.message).toContain(message);
    expect(problem.place).toMatchObject({ file: `${folder.path}/s.ts`, line });
    expect(problem.lineText).toBe(source.split('\n')[line - 1]);
  });
});

describe('pickExport', () => {
  const run = (): readonly [] => [];

  it.each([
    [{ a: run, b: run }, undefined, 'more than one function; say which with #name', 'it exports a, b'],
    [{ limit: 1 }, undefined, 'exports no candidacy function', 'it exports limit'],
    [{}, undefined, 'exports no candidacy function', 'it exports nothing'],
    [{ a: run }, 'b', 'has no export "b"', 'it exports a'],
    [{ a: run }, 'toString', 'has no export "toString"', 'it exports a'],
  ])('names the exports of %o when it cannot find %s', (exports, wanted, fault, note) => {
    const picked = pickExport(exports, wanted);
    expect(picked).toMatchObject({ note, name: undefined });
    expect('fault' in picked && picked.fault).toContain(fault);
  });

  it('prefers the default to other functions', () => {
    expect(pickExport({ a: run, default: run }, undefined)).toEqual({ name: 'default', value: run });
  });
});

describe('functionFault', () => {
  it('takes every form of a plain function', () => {
    const forms = [() => [], function named() {}, { method() {} }.method, (() => []).bind(undefined)];
    expect(forms.map(functionFault)).toEqual([undefined, undefined, undefined, undefined]);
  });
});
