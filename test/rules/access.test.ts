import { describe, expect, it } from 'vitest';
import { Access } from '../../src/rules/access.ts';
import { ClientNames } from '../../src/rules/client-names.ts';
import type { AccessRule } from '../../src/rules/planned-rules.ts';
import { aRequest, aRuleFunction } from './support.ts';

const namesOf = async (...names: string[]): Promise<ClientNames> => {
  const made = new ClientNames({
    now: () => 0,
    questions: { reverse: async () => names, addresses: async () => ['192.0.2.1'] },
  });
  await new Promise<void>((done) => made.find('192.0.2.1', done));
  return made;
};

const allows = async (allow: readonly AccessRule[], deny: readonly AccessRule[], clientIp = '192.0.2.1') =>
  new Access({ allow, deny }, await namesOf('host.example.com')).allows(aRequest({ clientIp }));

describe('access', () => {
  it.each<[readonly string[], readonly string[], boolean]>([
    [[], [], true],
    [['192.0.2.0/24'], [], true],
    [['198.51.100.0/24', '2001:db8::/32'], [], false],
    [[], ['192.0.2.1'], false],
    [['192.0.2.0/24'], ['192.0.2.1'], false],
    [['host.example.com'], [], true],
    [['.example.com'], [], true],
    [['example.com'], [], false],
    [['ost.example.com'], [], false],
    [[], ['.example.com'], false],
    [[], ['.example.org'], true],
  ])('of allow %j and deny %j is %s', async (allow, deny, wanted) => {
    expect(await allows(allow, deny)).toBe(wanted);
  });

  it('knows IPv6, and an address that is none', async () => {
    expect(await allows(['2001:db8::/32'], [], '2001:db8::7')).toBe(true);
    expect(await allows(['0.0.0.0/0', '::/0'], [], '')).toBe(false);
  });

  it('has no name for a client that was not looked up', async () => {
    const access = new Access({ allow: ['.example.com'], deny: [] }, await namesOf());
    expect(access.unknown(aRequest({ clientIp: '192.0.2.7' }))).toBe('192.0.2.7');
    expect(access.allows(aRequest({ clientIp: '192.0.2.7' }))).toBe(false);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['answers no truth value', () => 1],
    ['answers later', () => Promise.resolve(true)],
  ])('is closed by a function that %s', async (_, run) => {
    expect(await allows([aRuleFunction(run)], [])).toBe(false);
    expect(await allows([], [aRuleFunction(run)])).toBe(false);
  });

  it('is what a function says', async () => {
    expect(await allows([aRuleFunction(() => true)], [aRuleFunction(() => false)])).toBe(true);
    expect(await allows([], [aRuleFunction(() => true)])).toBe(false);
  });
});
