import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatProblems } from '../../src/config/shown/format.ts';
import { prepare } from '../../src/control/loading/loading.ts';
import { scriptModules } from '../../src/control/script-modules.ts';
import { ConfigError, type Problem } from '../../src/core/errors.ts';
import { Heartbeat } from '../../src/script/heartbeat.ts';
import { ScriptLoader } from '../../src/script/load.ts';

/** `broken/NAME.yaml` is what somebody wrote, `broken/NAME.txt` what `forehand check` says of it. */
const folder = new URL('broken/', import.meta.url);
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => name.slice(0, -'.yaml'.length));

let loader: ScriptLoader;
beforeAll(() => {
  loader = new ScriptLoader({
    modules: scriptModules,
    clock: () => 0,
    heartbeat: new Heartbeat(),
    onEvent: () => undefined,
  });
});
afterAll(() => loader.close());

const problemsOf = async (text: string): Promise<readonly Problem[]> => {
  try {
    const source = { file: 'forehand.yaml', text };
    await prepare(source, { env: {}, loader, scriptFiles: new Set() });
    return [];
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.problems;
    throw thrown;
  }
};

/** Without the folder that the tests run in. */
const said = (problems: readonly Problem[]): string =>
  formatProblems(problems, { color: false }).replaceAll(process.cwd(), '');

it('there are at least forty', () => {
  expect(names.length).toBeGreaterThanOrEqual(40);
});

it.each(names)('%s is refused with its place and what to do (UPDATE_GOLDEN=1 writes it)', async (name) => {
  const problems = await problemsOf(readFileSync(new URL(`${name}.yaml`, folder), 'utf8'));
  expect(problems.filter(({ severity }) => severity === 'error')).not.toEqual([]);
  expect(problems.every(({ place }) => place !== undefined)).toBe(true);
  const golden = new URL(`${name}.txt`, folder);
  if (process.env['UPDATE_GOLDEN']) writeFileSync(golden, said(problems));
  expect(said(problems)).toBe(readFileSync(golden, 'utf8'));
});
