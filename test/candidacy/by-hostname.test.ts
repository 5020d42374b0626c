import { describe, expect, it } from 'vitest';
import { byHostname } from '../../candidacy/by-hostname.ts';
import { Bench, faultsIn, ids } from './support.ts';

const bench = new Bench([
  { id: 'sun', url: 'http://sun-1.example.net:8080' },
  { id: 'alpha', url: 'http://alpha.example.net' },
  { id: 'pc', url: 'http://pc.example.org' },
  { id: 'bare', url: 'http://10.1.0.1:80' },
]);
const keptBy = (pattern: string) => ids(bench.decide(bench.chain([[byHostname, pattern]], 'refuse')).ranked);

describe('byHostname', () => {
  it.each([
    ['(sun|alpha)', ['sun', 'alpha']],
    ['^(sun|alpha)', ['sun', 'alpha']],
    ['example\\.net$', ['sun', 'alpha']],
    ['^SUN', ['sun']],
    ['^10\\.', ['bare']],
    ['8080', []],
    ['', ['sun', 'alpha', 'pc', 'bare']],
  ])('with %s keeps %j', (pattern, kept) => {
    expect(keptBy(pattern)).toEqual(kept);
  });

  it('says why', () => {
    const [step] = bench.explain(bench.chain([[byHostname, 'net$']]));
    expect(step?.dropped[0]).toEqual({ id: 'pc', reason: 'pc.example.org does not match net$' });
  });

  it.each([
    ['(a+)+', 'exponential time'],
    ['a'.repeat(300), 'at most 256 characters'],
    ['[', 'expected a regular expression'],
  ])('refuses %s when options are read', (pattern, fault) => {
    expect(faultsIn(byHostname, pattern)[0]).toContain(fault);
  });

  it('needs a pattern', () => {
    expect(faultsIn(byHostname, {})).toHaveLength(1);
  });
});
