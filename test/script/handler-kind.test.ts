import { expect, it } from 'vitest';
import { ScriptError } from '../../src/core/errors.ts';
import { HANDLER } from '../../src/script/handler-kind.ts';
import { aFolder, aLoader } from './support.ts';

const load = async (text: string, reference = './h.ts') => {
  const { path } = aFolder({ 'h.ts': text });
  const { loader, events } = aLoader();
  return { loaded: await loader.loadExport(reference, path, HANDLER), events, loader, path };
};

const problemOf = async (text: string, reference?: string): Promise<string> => {
  const thrown: unknown = await load(text, reference).catch((error: unknown) => error);
  if (!(thrown instanceof ScriptError)) throw new Error(`expected a ScriptError, got ${String(thrown)}`);
  const [problem] = thrown.problems;
  return `${problem?.place?.line}: ${problem?.message}`;
};

it('takes the default export, async or not, and one by its name', async () => {
  for (const [text, reference] of [
    ['export default () => new Response("a")', './h.ts'],
    ['export default async () => new Response("a")', './h.ts'],
    ['export const named = () => new Response("a");', './h.ts#named'],
  ] as const) {
    const { loaded } = await load(text, reference);
    const response = await loaded.value(new Request('http://a/'), {} as never);
    expect(await response.text()).toBe('a');
  }
});

it.each([
  [
    '\nexport default 7;',
    '2: expected a handler, but the export "default" is of type number, not a function',
  ],
  ['export default class {}', '1: expected a handler, but the export "default" is a class, not a function'],
  ['export default function* () {}', '1: expected a handler, but the export "default" is a generator'],
  ['export const other = 1;', '1: expected a handler as the export "default"; it exports other'],
])('refuses %j', async (text, problem) => {
  expect(await problemOf(text)).toBe(problem);
});

it('tells faults as those of handlers, and never takes a handler out for them', async () => {
  const { loaded, events } = await load('export default () => { throw new Error("x"); }');
  for (let i = 0; i < 20; i++) loaded.guard.fault('throw', 'broken');
  expect(events.filter(({ kind }) => kind === 'handler_fault')).toHaveLength(1);
  expect(events.some(({ kind }) => kind === 'script_fault')).toBe(false);
  expect(loaded.guard.bypassed).toBe(false);
});

it('is not called after it did not return, until its content changes', async () => {
  const { path, write } = aFolder({ 'h.ts': 'export default () => new Response("a")' });
  const { loader } = aLoader();
  const first = await loader.loadExport('./h.ts', path, HANDLER);
  loader.bypass({ name: './h.ts', hash: first.hash });
  expect(first.guard.bypassed).toBe(true);
  expect((await loader.loadExport('./h.ts', path, HANDLER)).guard.bypassed).toBe(true);
  write('h.ts', 'export default () => new Response("b")');
  expect((await loader.loadExport('./h.ts', path, HANDLER)).guard.bypassed).toBe(false);
});
