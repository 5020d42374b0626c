import { describe, expect, it } from 'vitest';
import { removeSelf } from '../../candidacy/remove-self.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { Bench, ids, made } from './support.ts';

describe('removeSelf', () => {
  it("drops the server on the proxy's own machine and nobody else", () => {
    const servers = [aServer({ id: 'a' }), aServer({ id: 'me', isSelf: true }), aServer({ id: 'b' })];
    expect(ids(made(removeSelf)(servers, aMoment()))).toEqual(['a', 'b']);
  });

  it('says why', () => {
    const bench = new Bench([{ id: 'a' }, { id: 'me' }], { self: 'me' });
    const [step] = bench.explain(bench.chain([removeSelf]));
    expect(step?.dropped).toEqual([{ id: 'me', reason: "is on this proxy's own machine" }]);
  });
});
