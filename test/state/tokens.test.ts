import { describe, expect, it } from 'vitest';
import { parseAddressRule } from '../../src/core/accept.ts';
import { bearerToken, checkToken, keyIdOf, mayComeFrom, Tokens } from '../../src/state/tokens.ts';
import { SAME_KEY_ID, theTokens } from './support.ts';

describe('Tokens', () => {
  it('allows each of its tokens and nothing else', () => {
    const tokens = theTokens('one', 'two');
    const shown = ['one', 'two', 'three', '', 'on', 'one ', 'ONE'];
    expect(shown.filter((token) => tokens.grantOf(token))).toEqual(['one', 'two']);
  });

  it('knows that it has none', () => {
    expect(new Tokens([]).none).toBe(true);
    expect(new Tokens().grantOf('')).toBeUndefined();
    expect(new Tokens().first).toBeUndefined();
    expect(theTokens('one').none).toBe(false);
  });

  it('tells what a token allows', () => {
    const from = [parseAddressRule('10.0.0.0/8')!];
    const tokens = new Tokens([
      { name: 'all', token: 'one' },
      { name: 'web', token: 'two', pools: ['web', 'api'], from },
    ]);
    expect(tokens.grantOf('one')).toEqual({ name: 'all' });
    expect(tokens.grantOf('two')).toEqual({ name: 'web', pools: new Set(['web', 'api']), from });
    expect(tokens.signers(keyIdOf('two'))).toMatchObject([{ token: 'two', grant: { name: 'web' } }]);
    expect(tokens.signers(keyIdOf('three'))).toEqual([]);
    expect(tokens.first).toMatchObject({ token: 'one', grant: { name: 'all' } });
  });

  it('takes new tokens in the place of the old ones, or both while they are changed', () => {
    const tokens = theTokens('old');
    const allowed = (): readonly string[] =>
      ['old', 'new'].filter((token) => tokens.grantOf(token) && tokens.signers(keyIdOf(token)).length === 1);
    tokens.take(['new', 'old'].map((token) => ({ name: 'agents', token })));
    expect(allowed()).toEqual(['old', 'new']);
    expect(tokens.first?.token).toBe('new');
    tokens.take([{ name: 'agents', token: 'new' }]);
    expect(allowed()).toEqual(['new']);
    tokens.take([]);
    expect(allowed()).toEqual([]);
    expect(tokens.none).toBe(true);
  });

  it('keeps those that it has when the new ones cannot be taken', () => {
    const tokens = theTokens('old');
    expect(() => tokens.take([{ name: 'agents', token: 'a b' }])).toThrow('token: expected');
    expect(() =>
      tokens.take([
        { name: 'web', token: 'same' },
        { name: 'api', token: 'same' },
      ]),
    ).toThrow('tokens: "web" and "api" are the same token');
    expect(tokens.grantOf('old')).toBeDefined();
    expect(tokens.grantOf('same')).toBeUndefined();
  });

  it('takes one token twice under one name for one', () => {
    expect(theTokens('one', 'one').signers(keyIdOf('one'))).toHaveLength(1);
  });

  it('knows tokens apart that share a key id', () => {
    const [first, second] = SAME_KEY_ID;
    expect(keyIdOf(first)).toBe(keyIdOf(second));
    const tokens = theTokens(first, second);
    expect(tokens.signers(keyIdOf(first)).map(({ token }) => token)).toEqual([first, second]);
  });

  it('takes no third token with one key id: it would make every forgery cost one check more', () => {
    const three = ['token8038076', 'token6830691', 'token4554143'];
    expect(new Set(three.map(keyIdOf)).size).toBe(1);
    expect(theTokens(...three.slice(1)).signers(keyIdOf(three[0]!))).toHaveLength(2);
    expect(() => theTokens(...three)).toThrow('tokens: more than 2 have the key id 141257e8; replace one');
  });

  it.each(['', 'a b', 'a\nb', 'ü', 'x'.repeat(1025)])('refuses the token %j without showing it', (token) => {
    expect(() => checkToken(token)).toThrow(
      'token: expected 1 to 1024 visible ASCII characters without spaces',
    );
  });
});

describe('mayComeFrom', () => {
  const from = ['10.0.0.0/8', '192.0.2.7', 'fd00::/8'].flatMap((text) => parseAddressRule(text) ?? []);
  it.each([
    ['10.1.2.3', true],
    ['::ffff:10.1.2.3', true],
    ['192.0.2.7', true],
    ['fd12::1', true],
    ['11.0.0.1', false],
    ['192.0.2.8', false],
    ['::1', false],
    ['::ffff:11.0.0.1', false],
    ['', false],
    ['a name', false],
  ])('judges %j as %s', (address, may) => {
    expect(mayComeFrom({ name: 'a', from }, address)).toBe(may);
  });

  it('lets a token that is bound to no address come from anywhere', () => {
    expect(mayComeFrom({ name: 'a' }, '203.0.113.9')).toBe(true);
    expect(mayComeFrom({ name: 'a', from: [] }, '203.0.113.9')).toBe(false);
  });
});

describe('bearerToken', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer  abc ', 'abc'],
    ['Basic abc', undefined],
    ['Bearer', undefined],
    ['Bearer a b', undefined],
    ['xBearer a', undefined],
    [undefined, undefined],
  ])('reads %j as %j', (field, token) => {
    expect(bearerToken(field)).toBe(token);
  });
});

describe('keyIdOf', () => {
  it('is the beginning of the SHA-256 of the token', () => {
    expect(keyIdOf('abc')).toBe('ba7816bf');
  });
});
