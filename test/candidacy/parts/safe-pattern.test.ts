import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { patternFault } from '../../../candidacy/parts/safe-pattern.ts';

describe('patternFault', () => {
  it.each([
    '',
    '(sun|alpha)',
    '^web-\\d+\\.dc\\d+\\.example\\.net$',
    '^(?:www|app)(-\\d+)?\\.',
    '^(?<name>[a-z]+)-[(+)*]+$',
    '(?:[0-9]{2}-){3}x',
    '\\(a+\\)+',
    '[^\\]]+(?=\\.net)',
    '(?<!x)(a|b)$',
    '(a|b)?c',
    '^10\\.',
    'x{2}',
    '^web-\\d+\\.[a-z]+\\.rack\\d+\\.row\\d+\\.example\\.net$',
    '^(?:[0-9]{1,3}\\.){3}[0-9]{1,3}$',
    '([a-z]+\\.)+net',
    '.*-.*',
    'a?b?c?d?e?f?g?h?i?j?k?l?m?n?o?',
    '(fra|ams|lon|par|mad|rom)-(a|b|c|d)(-canary)?\\.(com|net|org)',
  ])('finds nothing wrong with %s', (pattern) => {
    expect(patternFault(pattern)).toBeUndefined();
  });

  it.each([
    ['(a+)+', '(a+)+'],
    ['^(\\w*)*$', '(\\w*)*'],
    ['x(a|a)*y', '(a|a)*'],
    ['((a+)b)*', '((a+)b)*'],
    ['(?:a+){2,}', '(?:a+){2,}'],
    ['(.*a){25}', '(.*a){25}'],
    ['(a?){30}', '(a?){30}'],
    ['(?:x(?:a|b)y)+?', '(?:x(?:a|b)y)+?'],
    ['([a-z]+\\.?)+net', '([a-z]+\\.?)+'],
    ['(\\x62+b)+', '(\\x62+b)+'],
    ['((a+)b)+', '((a+)b)+'],
  ])('refuses %s and shows the group %s', (pattern, group) => {
    expect(patternFault(pattern)).toBe(
      `expected no repetition around repetitions or choices, got ${group}, which can take exponential time; repeat a single character or class instead`,
    );
  });

  it.each([
    ['(a)\\1', 'expected no reference back to a group'],
    ['(?<x>a)\\k<x>', 'expected no reference back to a group'],
    ['.*-.*-.*', 'expected a pattern that can match in few ways'],
    ['a?'.repeat(16), 'expected a pattern that can match in few ways'],
    ['(a|a)'.repeat(40), 'expected a pattern that can match in few ways'],
    ['a{0,200}'.repeat(4), 'expected a pattern that can match in few ways'],
    ['a'.repeat(257), 'expected at most 256 characters, got 257'],
    ['(a', 'expected a regular expression: Invalid regular expression: /(a/'],
    ['a**', 'expected a regular expression'],
  ])('refuses %s: %s', (pattern, fault) => {
    expect(patternFault(pattern)).toContain(fault);
  });

  it('judges even the worst pattern of its length in no time', () => {
    const began = performance.now();
    for (const bad of ['(', '[', '\\', '{1,', '(?:', 'a*', '(a|', '[a-z]+-'])
      patternFault(bad.repeat(256 / bad.length));
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it('takes only patterns that are fast on the longest name', () => {
    for (const pattern of ['.*.*a?a?a?_', '([a-z]+\\.)+_', `${'a?'.repeat(15)}_`, `${'(a|a)'.repeat(15)}_`]) {
      expect([pattern, patternFault(pattern)]).toEqual([pattern, undefined]);
      const began = performance.now();
      new RegExp(pattern, 'i').test('a'.repeat(253));
      expect([pattern, performance.now() - began < 5000]).toEqual([pattern, true]);
    }
  });
});
