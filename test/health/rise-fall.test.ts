import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../src/health/check-spec.ts';
import { afterCheck, afterRefusal, firstTally, type Tally } from '../../src/health/rise-fall.ts';

const GOOD: CheckResult = { isGood: true, isRefused: false, text: '200 in 1 ms' };
const BAD: CheckResult = { isGood: false, isRefused: false, text: '503 instead of 200-399' };
const RULES = { rise: 2, fall: 3 };

/** `+` and `-` are good and bad checks, `x` one that found nobody there. */
const having = (initial: Parameters<typeof firstTally>[0], checks: string): Tally =>
  [...checks].reduce(
    (tally, check) =>
      check === 'x'
        ? afterRefusal(tally, 'connect refused', RULES)
        : afterCheck(tally, check === '+' ? GOOD : BAD, RULES),
    firstTally(initial),
  );

describe('checks with rise 2 and fall 3', () => {
  it.each([
    ['unknown', '', 'unknown 0/0'],
    ['unknown', '+', 'up 1/0'],
    ['unknown', '-', 'down 0/1'],
    ['unknown', '-+', 'down 1/0'],
    ['unknown', '-++', 'up 2/0'],
    ['unknown', '+-', 'up 0/1'],
    ['unknown', '+--', 'up 0/2'],
    ['unknown', '+--+', 'up 1/0'],
    ['unknown', '+--+--', 'up 0/2'],
    ['unknown', '+---', 'down 0/3'],
    ['unknown', '+----', 'down 0/4'],
    ['unknown', '+---+', 'down 1/0'],
    ['unknown', '+---+-', 'down 0/1'],
    ['unknown', '+---+-++', 'up 2/0'],
    ['up', '', 'up 0/0'],
    ['up', '-', 'up 0/1'],
    ['up', '---', 'down 0/3'],
    ['down', '', 'down 0/0'],
    ['down', '+', 'up 1/0'],
    ['down', '-+', 'down 1/0'],
    ['down', '-++', 'up 2/0'],
    ['unknown', '+x', 'down 0/3'],
    ['unknown', '+x+', 'down 1/0'],
    ['unknown', '+x++', 'up 2/0'],
  ] as const)('of a server that begins as %s come to this after %s: %s', (initial, checks, text) => {
    const { state, passes, fails } = having(initial, checks);
    expect(`${state} ${passes}/${fails}`).toBe(text);
  });

  it('say what took the server down, as long as it is', () => {
    expect(having('unknown', '+---').reason).toBe('3 checks failed, the last: 503 instead of 200-399');
    expect(having('unknown', '+----+').reason).toBe('3 checks failed, the last: 503 instead of 200-399');
    expect(having('unknown', '-').reason).toBe('1 check failed, the last: 503 instead of 200-399');
    expect(having('down', '').reason).toBe('not checked yet');
    expect(having('down', '-').reason).toBe('1 check failed, the last: 503 instead of 200-399');
    expect(having('unknown', '+x').reason).toBe('connect refused');
    expect(having('unknown', '+---++').reason).toBe('');
  });
});
