import { describe, expect, it } from 'vitest';
import { ConfigError, messageOf, ScriptError } from '../../src/core/errors.ts';

describe('errors with problems', () => {
  const problems = [
    { severity: 'error', message: 'one' },
    { severity: 'warning', message: 'two' },
  ] as const;

  it('say every problem and carry them', () => {
    const error = new ConfigError(problems);
    expect(error).toMatchObject({
      code: 'config_invalid',
      name: 'ConfigError',
      message: 'one; two',
      problems,
    });
  });

  it('keep what caused them', () => {
    const cause = new Error('why');
    const error = new ScriptError(problems, { cause });
    expect(error).toMatchObject({ code: 'script_invalid', name: 'ScriptError', cause });
  });
});

describe('messageOf', () => {
  const talksBack = {
    toString: () => {
      throw new Error('no');
    },
  };
  const odd = Object.assign(new Error('x'), { message: 7 });
  it.each([
    [new TypeError('broken'), 'broken'],
    ['text', 'text'],
    [undefined, 'undefined'],
    [Symbol('s'), 'Symbol(s)'],
    [odd, '7'],
    [Object.create(null), 'a value that has no text'],
    [talksBack, 'a value that has no text'],
  ])('has a text for anything thrown (%#)', (thrown, text) => {
    expect(messageOf(thrown)).toBe(text);
  });
});
