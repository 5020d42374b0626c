import { describe, expect, it } from 'vitest';
import { KnownLogins, type LoginVerdict } from '../../src/rules/known-logins.ts';

const someLogins = (check: (password: string) => Promise<LoginVerdict>) => {
  let now = 0;
  let checks = 0;
  const logins = new KnownLogins({
    now: () => now,
    check: (_, password) => {
      checks += 1;
      return check(password);
    },
  });
  const find = (password: string) => new Promise<void>((done) => logins.find('hash', password, done));
  const known = (password: string) => logins.known('hash', password);
  const pass = (time: number): void => {
    now += time;
  };
  return { find, known, checks: () => checks, pass };
};

describe('known logins', () => {
  it('know a good password for five minutes and a bad one for ten seconds', async () => {
    const { find, known, pass } = someLogins(async (password) => (password === 'right' ? 'good' : 'bad'));
    expect(known('right')).toBeUndefined();
    await find('right');
    await find('wrong');
    expect([known('right'), known('wrong')]).toEqual(['good', 'bad']);
    pass(10_000);
    expect([known('right'), known('wrong')]).toEqual(['good', undefined]);
    pass(290_000);
    expect(known('right')).toBeUndefined();
  });

  it('forget no good password for bad ones', async () => {
    const { find, known } = someLogins(async (password) => (password === 'right' ? 'good' : 'bad'));
    await find('right');
    for (let i = 0; i < 1100; i++) await find(`wrong ${i}`);
    expect([known('right'), known('wrong 0'), known('wrong 1099')]).toEqual(['good', undefined, 'bad']);
  });

  it('take a check that fails for one that could not be made', async () => {
    const { find, known } = someLogins(() => Promise.reject(new Error('no memory')));
    await find('right');
    expect(known('right')).toBe('busy');
  });
});
