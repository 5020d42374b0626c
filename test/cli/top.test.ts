import { afterEach, describe, expect, it, vi } from 'vitest';
import { top } from '../../src/cli/top.ts';
import type { AdminParts, ServerView } from '../../src/control/views/views.ts';
import { startAdmin } from '../control/admin-client.ts';
import { aPoolView, aServerView } from '../control/fake-views.ts';
import { anEnd, anOutput, type Heard, someKeys } from './live-place.ts';

afterEach(() => vi.unstubAllEnvs());

const EVIL = '\u001b]0;owned\u0007\u009b31m\u202e';

/** Runs a test against an admin listener of its own. */
const asking = async (
  parts: Partial<AdminParts>,
  test: (admin: string, close: () => Promise<void>) => Promise<void>,
): Promise<void> => {
  const admin = await startAdmin({ parts });
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await admin.close();
    isOpen = false;
  };
  try {
    await test(`127.0.0.1:${admin.port}`, close);
  } finally {
    await close();
  }
};

const onceText = async (
  parts: Partial<AdminParts>,
  json = false,
  out: Heard = anOutput(),
): Promise<string> => {
  await asking(parts, (admin) => top({ admin, once: true, json }, {}, { out, end: anEnd() }));
  return out.text();
};

describe('forehand top --once', () => {
  it('shows pools and servers', async () => {
    const lines = (await onceText({})).split('\n');
    expect(lines[0]?.split(/ {2,}/)).toEqual(['pool', 'state', 'ready', 'in flight', 'requests/s', 'p99']);
    expect(lines[1]?.split(/ {2,}/)).toEqual(['web', 'ready', '1/1', '2', '12.5', '48.2ms']);
    expect(lines[3]).toMatch(/^pool +server +state +heard/);
    expect(lines[4]).toMatch(/^web +web-1 +ready +0\.4s/);
  });

  it('shows why a server is not ready, where one is not', async () => {
    expect(await onceText({})).not.toContain('why');
    const servers = [
      aServerView(),
      aServerView({ id: 'web-2', state: 'drain', reason: 'by hand: new disk' }),
    ];
    const text = await onceText({ servers: () => servers });
    expect(text).toMatch(/share +why\n/);
    expect(text).toMatch(/web-2 +drain .* by hand: new disk\n/);
  });

  it('says so where there is no server', async () => {
    expect(await onceText({ servers: () => [] })).toBe('No pool has a server.\n');
  });

  it('leaves out what is not known of a pool', async () => {
    const pools = () => [aPoolView({ requestsPerSecond: null, p99Ms: null })];
    expect((await onceText({ pools })).split('\n')[1]?.split(/ {2,}/)).toEqual([
      'web',
      'ready',
      '1/1',
      '2',
      '-',
      '-',
    ]);
  });

  it('prints pools and servers as JSON, as the API gives them', async () => {
    const servers = [aServerView(), aServerView({ id: EVIL, state: 'down' })];
    const pools = [aPoolView({ state: 'down', servers: 2 })];
    const text = await onceText({ servers: () => servers, pools: () => pools }, true);
    expect(JSON.parse(text)).toEqual({ pools, servers });
  });

  it.each([false, true])(
    'never hands to the terminal what a stranger wrote for it (JSON: %s)',
    async (json) => {
      const servers = [aServerView({ id: EVIL, pool: EVIL, state: 'down', reason: EVIL })];
      const text = await onceText({ servers: () => servers }, json);
      expect(text).not.toMatch(/[^\n\x20-\x7e]/);
    },
  );

  it('says that no proxy answers', async () => {
    await asking({}, async (admin, close) => {
      await close();
      const end = anEnd();
      const asked = top({ admin, once: true }, {}, { out: anOutput(), end });
      await expect(asked).rejects.toThrow(`no proxy answers at ${admin}`);
      expect(end.released()).toBe(true);
    });
  });

  it('says what the proxy refuses', async () => {
    const servers = (): never => {
      throw new Error('broken');
    };
    await expect(onceText({ servers })).rejects.toThrow(/^the proxy at 127.0.0.1:\d+ answered 500: /);
  });
});

describe('forehand top', () => {
  it('follows the servers on the other screen and gives the terminal back', async () => {
    let forwarded = 0;
    const servers = (): readonly ServerView[] => {
      forwarded += 10;
      return [aServerView({ forwarded, state: forwarded > 10 ? 'drain' : 'ready' })];
    };
    const pools = () => [
      aPoolView({ state: forwarded > 10 ? 'drain' : 'ready', requestsPerSecond: forwarded / 10 }),
    ];
    await asking({ servers, pools }, async (admin) => {
      const out = anOutput({ isTTY: true, columns: 150, rows: 30 });
      const { keys, raw, press } = someKeys();
      const end = anEnd();
      const running = top({ admin }, { color: 'never' }, { out, keys, end, everyMs: 1 });
      await out.says(/web +drain +1\/1 +2 +\d+\.\d/);
      press('q');
      await running;
      expect(out.text().startsWith('\u001b[?1049h\u001b[?25l\u001b[H')).toBe(true);
      expect(out.text()).toMatch(/web +ready +1\/1 +2 +\d/);
      expect(out.text().endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
      expect(raw).toEqual([true, false]);
      expect(end.released()).toBe(true);
    });
  });

  it('ends with Ctrl-C, which comes as a key', async () => {
    await asking({}, async (admin) => {
      const { keys, press } = someKeys();
      const out = anOutput({ isTTY: true });
      const running = top({ admin }, {}, { out, keys, end: anEnd(), everyMs: 60_000 });
      await out.says(/web-1/);
      press('\x03');
      await running;
      expect(out.text().endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
    });
  });

  it('sorts the servers by what is asked for, the highest first', async () => {
    const servers = (): readonly ServerView[] => [
      aServerView({ id: 'idle', inFlight: 0 }),
      aServerView({ id: 'busy', inFlight: 9 }),
    ];
    await asking({ servers }, async (admin) => {
      const out = anOutput({ isTTY: true, columns: 150, rows: 30 });
      const { keys, press } = someKeys();
      const end = anEnd();
      const running = top({ admin }, { color: 'never' }, { out, keys, end, everyMs: 60_000 });
      await out.says(/by pool.*idle.*busy/s);
      press('s');
      await out.says(/by in flight.*busy.*idle/s);
      end.end();
      await running;
    });
  });

  it('says that there is no answer, shows what it knew, and goes on', async () => {
    let isBroken = false;
    const servers = (): readonly ServerView[] => {
      if (isBroken) throw new Error('broken');
      return [aServerView()];
    };
    await asking({ servers }, async (admin, close) => {
      const out = anOutput();
      const end = anEnd();
      const running = top({ admin }, {}, { out, end, everyMs: 1 });
      await out.says(/as of /);
      isBroken = true;
      await out.says(/no answer for \d+ s: the proxy at \S+ answered 500[^\n]*\n\npool.*web-1/s);
      isBroken = false;
      await out.says(/no answer.*as of /s);
      await close();
      await out.says(/no answer for \d+ s: no proxy answers at .*web-1/s);
      end.end();
      await running;
    });
  });

  it('prints an object a line as JSON', async () => {
    await asking({}, async (admin) => {
      const out = anOutput();
      const end = anEnd();
      const running = top({ admin, json: true }, {}, { out, end, everyMs: 1 });
      await out.says(/\n.*\n/);
      end.end();
      await running;
      const [first, second] = out.text().trimEnd().split('\n');
      for (const line of [first, second])
        expect(JSON.parse(line ?? '').pools[0].requestsPerSecond).toBe(12.5);
    });
  });
});

describe('the colours of top', () => {
  const down = { servers: () => [aServerView({ state: 'down' as const })] };
  const frame = async (color?: 'always'): Promise<string> => {
    const out = anOutput({ isTTY: true, columns: 150 });
    await asking(down, async (admin) => {
      const end = anEnd();
      const { keys } = someKeys();
      const running = top({ admin }, color ? { color } : {}, { out, keys, end, everyMs: 60_000 });
      await out.says(/web-1/);
      end.end();
      await running;
    });
    return out.text();
  };
  const RED = '\u001b[31mweb';

  it('show what is down, unless NO_COLOR says otherwise', async () => {
    vi.stubEnv('NO_COLOR', '');
    expect(await frame()).toContain(RED);
    vi.stubEnv('NO_COLOR', '1');
    const plain = await frame();
    expect(plain).toContain('web-1');
    for (const sign of ['\u001b[1m', '\u001b[31m']) expect(plain).not.toContain(sign);
    expect(await frame('always')).toContain(RED);
  });
});
