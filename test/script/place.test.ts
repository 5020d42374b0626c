import { describe, expect, it } from 'vitest';
import { placeIn } from '../../src/script/place.ts';

const withStack = (...lines: readonly string[]): Error =>
  Object.assign(new Error('boom'), { stack: ['Error: boom', ...lines].join('\n') });

describe('placeIn', () => {
  it.each([
    ['with parentheses', '    at pick (/own/a b.ts:7:11)'],
    ['without a name', '    at /own/a b.ts:7:11'],
    ['awaited', '    at async /own/a b.ts:7:11'],
    ['of a method with parentheses in its name', '    at Object.<anonymous> [as (x)] (/own/a b.ts:7:11)'],
    ['as an address', '    at pick (file:///own/a%20b.ts:7:11)'],
  ])('reads a frame %s', (_, frame) => {
    const place = { file: '/own/a b.ts', line: 7, column: 11 };
    expect(placeIn(withStack(frame), ['/own/a b.ts'])).toEqual(place);
  });

  it('takes the innermost frame that is in the files', () => {
    const thrown = withStack(
      '    at x (/lib/z.js:1:1)',
      '    at a (/own/a.ts:2:3)',
      '    at b (/own/b.ts:4:5)',
    );
    expect(placeIn(thrown, ['/own/b.ts', '/own/a.ts'])).toEqual({ file: '/own/a.ts', line: 2, column: 3 });
  });

  it('finds nothing in what has no stack, a hostile one, or a stack elsewhere', () => {
    const hostile = new Error('x');
    Object.defineProperty(hostile, 'stack', {
      get: () => {
        throw new Error('no');
      },
    });
    const thrown = [
      'words',
      undefined,
      hostile,
      withStack('    at a (/lib/a.ts:1:1)'),
      withStack('at file://%:1:1'),
    ];
    expect(thrown.map((one) => placeIn(one, ['/own/a.ts']))).toEqual(thrown.map(() => undefined));
  });
});
