import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeReport } from '../../src/core/report.ts';
import { claimOf } from '../../src/state/claim.ts';
import { mutated } from './conformance.ts';
import { aReport } from './support.ts';

const url = 'http://10.0.0.1:3001';

describe('claimOf', () => {
  it('tells what a report is about, whatever is wrong with it', () => {
    const text = JSON.stringify({ ...aReport(), v: 7, seq: 'x', stats: null });
    expect(claimOf(text)).toEqual({ node: 'web1', servers: [{ url, pool: 'web' }] });
  });

  it.each([
    ['null', { node: undefined, servers: [] }],
    ['[]', { node: undefined, servers: [] }],
    ['"text"', { node: undefined, servers: [] }],
    ['7', { node: undefined, servers: [] }],
    ['{"node":7,"servers":{}}', { node: undefined, servers: [] }],
    ['{"__proto__":{"node":"a","servers":[{"url":"u"}]}}', { node: undefined, servers: [] }],
    [
      '{"node":"a","servers":[null,7,"u",[],{"url":1},{"url":"u","pool":1}]}',
      { node: 'a', servers: [{ url: 'u' }] },
    ],
    [`{"node":"${'x'.repeat(513)}"}`, { node: undefined, servers: [] }],
  ])('tells what it can of %s', (text, claim) => {
    expect(claimOf(text)).toEqual(claim);
  });

  it.each(['', '{', 'hello', '\u0000', '{"node":"a"}}'])('tells nothing of %j', (text) => {
    expect(claimOf(text)).toBeUndefined();
  });

  it('does not look into large messages, nor at more than 16 servers', () => {
    const servers = Array.from({ length: 17 }, () => ({ url }));
    expect(claimOf(JSON.stringify({ servers }))?.servers).toHaveLength(16);
    expect(claimOf(JSON.stringify({ node: 'a', x: 'x'.repeat(16_384) }))).toBeUndefined();
  });

  it('survives nesting of any depth and 2,000 damaged reports', () => {
    expect(claimOf('['.repeat(16_000))).toBeUndefined();
    expect(claimOf(`${'['.repeat(8000)}${']'.repeat(8000)}`)).toEqual({ node: undefined, servers: [] });
    fc.assert(
      fc.property(mutated(encodeReport(aReport())), (text) => {
        const claim = claimOf(text);
        for (const server of claim?.servers ?? []) expect(typeof server.url).toBe('string');
      }),
      { numRuns: 2000 },
    );
  });
});
