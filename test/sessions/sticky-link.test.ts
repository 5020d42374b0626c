import { describe, expect, it } from 'vitest';
import { stickyLink } from '../../src/sessions/sticky-link.ts';
import { StickyTokens } from '../../src/sessions/sticky-tokens.ts';
import { breaches } from '../../src/testing/contract.ts';
import { aMoment, aRequest, aServer } from '../../src/testing/make.ts';

const tokens = new StickyTokens(
  'web',
  { cookie: 'fh-web', path: '/', sameSite: 'Lax', secure: 'auto', httpOnly: true },
  ['0123456789abcdef'],
);
const [a, b, c] = ['a', 'b', 'c'].map((id) => aServer({ id }));
if (!a || !b || !c) throw new Error('three were made');

const momentFor = (id: string) => {
  const value = /=([^;]+)/.exec(tokens.line({ id }, undefined, false) ?? '')?.[1];
  return aMoment({ request: aRequest({ headers: { cookie: `other=1; fh-web=${value}` } }) });
};
const run = (onLost: 'rechoose' | 'refuse' = 'rechoose') =>
  stickyLink(tokens, onLost).create(undefined, () => undefined);

describe('the sticky link', () => {
  it('keeps the server that the cookie names', () => {
    expect(run()([a, b, c], momentFor('b'))).toEqual([b]);
  });

  it('leaves the list as it is without a cookie, or with one that is not ours', () => {
    const list = [a, b];
    expect(run()(list, aMoment())).toBe(list);
    const forged = aMoment({ request: aRequest({ headers: { cookie: 'fh-web=b' } }) });
    for (const onLost of ['rechoose', 'refuse'] as const) expect(run(onLost)(list, forged)).toBe(list);
  });

  it('lets a client go whose server is out, or refuses it', () => {
    const list = [a, c];
    expect(run()(list, momentFor('b'))).toBe(list);
    expect(run('refuse')(list, momentFor('b'))).toEqual([]);
  });

  it('is a cut, so that retries have the others, and a filter where they must not', () => {
    expect(stickyLink(tokens, 'rechoose')).toMatchObject({
      name: 'sticky',
      kind: 'cut',
      emptyIsRefused: false,
    });
    expect(stickyLink(tokens, 'refuse')).toMatchObject({ kind: 'filter', emptyIsRefused: true });
  });

  it('says why in words', () => {
    expect(run().reason?.(a, momentFor('b'))).toBe('is not the server that the cookie of this client names');
  });

  it('keeps the contract', () => {
    expect(breaches(run())).toEqual([]);
  });
});
