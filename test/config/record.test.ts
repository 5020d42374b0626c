import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { brief, problemsIn, readText, withPool } from './support.ts';

describe('record', () => {
  it('has defaults for all but the file, whose path becomes absolute', async () => {
    const { config } = await readText(withPool('record: { file: traces/web }\n'));
    expect(config.record).toEqual({
      file: resolve('traces/web'),
      maxSize: 64 * 2 ** 20,
      files: 4,
      headers: [],
      cookies: [],
    });
  });

  it('is nothing if left out', async () => {
    expect((await readText(withPool())).config.record).toBeUndefined();
  });

  it('takes sizes and names', async () => {
    const { config } = await readText(
      withPool('record: { file: /t, maxSize: 1GiB, files: 1, headers: [X-Key], cookies: [sid] }\n'),
    );
    expect(config.record).toMatchObject({ maxSize: 2 ** 30, files: 1, headers: ['X-Key'], cookies: ['sid'] });
  });

  it.each([
    ['record: {}', '2:1 `file` is missing'],
    ['record: { file: t, maxSize: 1KiB }', '2:29 expected at least 1MiB, got 1024 bytes'],
    ['record: { file: t, files: 0 }', '2:27 expected at least 1, got 0'],
    ['record: { file: t, headers: ["x key"] }', '2:30 expected the name of a header field or a cookie'],
    ['record: { file: t, size: 1MiB }', '2:20 unknown key `size`'],
    ['record: trace', '2:9 expected a mapping'],
  ])('%j is refused, and said where', async (more, problem) => {
    const problems = await problemsIn(readText(withPool(`${more}\n`)));
    expect(problems.map(brief)).toEqual([expect.stringContaining(problem)]);
  });
});
