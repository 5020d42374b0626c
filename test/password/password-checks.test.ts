import { describe, expect, it } from 'vitest';
import { PasswordChecks } from '../../src/password/password-checks.ts';

/** Checks that wait until they are told what they have found. */
const held = () => {
  const waiting: { readonly password: string; end(good: boolean): void }[] = [];
  let now = 0;
  const checks = new PasswordChecks({
    now: () => now,
    verify: (_hash, password) => new Promise((resolve) => waiting.push({ password, end: resolve })),
  });
  return {
    checks,
    waiting,
    pass: (ms: number): void => {
      now += ms;
    },
  };
};

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('checks of passwords', () => {
  it('are made two at a time, and 32 may wait; more are sent away at once', async () => {
    const { checks, waiting } = held();
    const all = Array.from({ length: 40 }, (_, i) => checks.check('hash', `password ${i}`));
    await turn();
    expect(waiting).toHaveLength(2);
    expect(await Promise.all(all.slice(34))).toEqual(Array.from({ length: 6 }, () => 'busy'));
    for (let i = 0; i < 34; i += 1) {
      expect(waiting.length - i).toBeLessThanOrEqual(2);
      waiting[i]?.end(false);
      await turn();
    }
    expect(await Promise.all(all.slice(0, 34))).toEqual(Array.from({ length: 34 }, () => 'bad'));
  });

  it('of the same password under way are one', async () => {
    const { checks, waiting } = held();
    const all = Array.from({ length: 100 }, () => checks.check('hash', 'same'));
    await turn();
    expect(waiting).toHaveLength(1);
    waiting[0]?.end(true);
    expect(new Set(await Promise.all(all))).toEqual(new Set(['good']));
  });

  it('know a good password for five minutes, and a bad one not at all', async () => {
    const { checks, waiting, pass } = held();
    const first = checks.check('hash', 'good');
    await turn();
    waiting[0]?.end(true);
    expect(await first).toBe('good');
    pass(299_999);
    expect(await checks.check('hash', 'good')).toBe('good');
    expect(waiting).toHaveLength(1);
    void checks.check('other hash', 'good');
    pass(1);
    void checks.check('hash', 'good');
    await turn();
    expect(waiting).toHaveLength(3);
  });

  it('keep the newest thousand', async () => {
    let asked = 0;
    const verify = async (): Promise<boolean> => {
      asked += 1;
      return true;
    };
    const checks = new PasswordChecks({ now: () => 0, verify });
    for (let i = 0; i <= 1000; i += 1) await checks.check('hash', `password ${i}`);
    await checks.check('hash', 'password 1000');
    expect(asked).toBe(1001);
    await checks.check('hash', 'password 0');
    expect(asked).toBe(1002);
  });

  it('go on after one that broke', async () => {
    let broken = true;
    const checks = new PasswordChecks({
      now: () => 0,
      verify: async () => {
        if (broken) throw new Error('out of memory');
        return true;
      },
    });
    for (let i = 0; i < 5; i += 1) await expect(checks.check('hash', 'x')).rejects.toThrow('out of memory');
    broken = false;
    expect(await checks.check('hash', 'x')).toBe('good');
  });
});
