import { expect, it } from 'vitest';
import { explainCheck } from '../../../src/control/decisions/explain-token.ts';

it('no token is taken where none is configured', () => {
  expect(explainCheck(undefined)).toBeUndefined();
});

it.each([
  ['one', true],
  ['two', true],
  ['', false],
  ['on', false],
  ['onee', false],
  ['ONE', false],
  ['x'.repeat(10_000), false],
])('%j of `one` and `two`: %j', (token, isTaken) => {
  expect(explainCheck({ secrets: ['one', 'two'] })?.(token)).toBe(isTaken);
});
