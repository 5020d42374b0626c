import { expect, it } from 'vitest';
import { parseData } from '../../../src/config/reading/parse-data.ts';

it.each([
  [
    "- targets: ['a:80', 'b:80']\n  labels: { rack: r1 }\n",
    [{ targets: ['a:80', 'b:80'], labels: { rack: 'r1' } }],
  ],
  ['[{"targets": ["a:80"]}]', [{ targets: ['a:80'] }]],
  ['[]', []],
])('reads %j', (text, value) => {
  expect(parseData(text)).toEqual(value);
});

it.each(["- targets: ['a:80'\n", '{', '- a: 1\n  a: 2\n', '['.repeat(200_000)])(
  'refuses what is broken or half there (%#)',
  (text) => {
    expect(() => parseData(text)).toThrow();
  },
);

it('names the line', () => {
  expect(() => parseData('- a\n- b: [c\n')).toThrow(/^line \d+: /);
});
