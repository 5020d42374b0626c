import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/state/clock.ts';
import { KeptOpen, type KeptOpenOptions, type Session } from '../../../src/state/redis/kept-open.ts';
import { eventually } from '../../support/eventually.ts';

const aSession = (): Session => {
  let end: (reason: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  return { ended, drop: (reason) => end(reason) };
};

describe('what is kept open', () => {
  const all: KeptOpen<Session>[] = [];
  afterEach(async () => {
    await Promise.all(all.splice(0).map((one) => one.close()));
  });
  const aKept = (options: Partial<KeptOpenOptions<Session>> = {}) => {
    const opened: { at: number; session: Session }[] = [];
    const kept = new KeptOpen<Session>({
      open: async () => {
        const session = aSession();
        opened.push({ at: performance.now(), session });
        return session;
      },
      clock: systemClock,
      ...options,
    });
    all.push(kept);
    return { kept, opened };
  };

  it('is opened again after it ended, half a second after the last try at the soonest', async () => {
    const { kept, opened } = aKept();
    await kept.start();
    expect(kept.session).toBe(opened[0]!.session);
    expect(kept.detail).toMatch(/^up since \d{4}-.*Z$/);
    expect(kept.reopened).toBe(0);
    kept.session?.drop('a storm');
    await eventually(() => !kept.session);
    expect(kept.detail).toMatch(/^down since .*Z; last fault: a storm$/);
    await eventually(() => opened.length === 2);
    expect(opened[1]!.at - opened[0]!.at).toBeGreaterThan(450);
    await eventually(() => kept.session === opened[1]!.session);
    expect(kept.reopened).toBe(1);
    expect(kept.detail).toMatch(/^up since .*Z; last fault: a storm$/);
  });

  it('is not there while it cannot be opened, and the start waits for the first try only', async () => {
    let tries = 0;
    const { kept } = aKept({
      open: () => {
        tries += 1;
        return Promise.reject(new Error(`no ${tries}`));
      },
    });
    await kept.start();
    expect(kept.session).toBeUndefined();
    expect(kept.fault).toBe('no 1');
    await eventually(() => tries === 2);
  });

  it('tries again soon after a try that took long', async () => {
    const tries: number[] = [];
    const { kept } = aKept({
      open: async () => {
        tries.push(performance.now());
        await new Promise((resolve) => setTimeout(resolve, 600));
        throw new Error('late');
      },
    });
    await kept.start();
    await eventually(() => tries.length === 2);
    expect(tries[1]! - tries[0]!).toBeLessThan(800);
  });

  it('starts when it has caught up, or when that fails, which does not end it', async () => {
    const { kept } = aKept({ up: () => Promise.reject(new Error('not allowed')) });
    await kept.start();
    expect(kept.session).toBeDefined();
    expect(kept.detail).toContain('last fault: not allowed');
  });

  it('starts even where it ends while it catches up', async () => {
    const { kept, opened } = aKept({ up: () => new Promise(() => undefined) });
    const started = kept.start();
    await eventually(() => opened.length === 1);
    opened[0]!.session.drop('gone');
    await started;
  });

  it('notes what goes wrong with the session of now, not of one that has ended', async () => {
    const { kept, opened } = aKept();
    await kept.start();
    kept.note(opened[0]!.session, 'this');
    kept.note(aSession(), 'that');
    expect(kept.fault).toBe('this');
  });

  it('is closed for good, also while it is being opened or waits', async () => {
    const { kept, opened } = aKept();
    const started = kept.start();
    await kept.close();
    await started;
    expect(kept.session).toBeUndefined();
    expect(await opened[0]!.session.ended).toBe('closed');
    const other = aKept({ open: () => Promise.reject(new Error('no')) });
    await other.kept.start();
    const from = performance.now();
    await other.kept.close();
    expect(performance.now() - from).toBeLessThan(200);
  });

  it('may be closed before it was started', async () => {
    await aKept().kept.close();
  });
});
