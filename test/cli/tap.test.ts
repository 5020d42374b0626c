import { describe, expect, it } from 'vitest';
import { liveEnd } from '../../src/cli/live-end.ts';
import { tap } from '../../src/cli/tap.ts';
import type { DecisionView, NotableDecision } from '../../src/control/views/views.ts';
import { startAdmin } from '../control/admin-client.ts';
import { aDecisionView } from '../control/fake-views.ts';
import { anEnd, anOutput, type Heard } from './live-place.ts';

type Options = Omit<Parameters<typeof tap>[0], 'admin'>;

const ended = (status: number): NonNullable<DecisionView['outcome']> => ({
  status,
  termination: 'ok',
  durationMs: 18.2,
  attempts: 1,
});

/** Taps a proxy; `test` has its decisions made and waits for what is written. */
const tapping = async (
  options: Options,
  test: (tapped: {
    out: Heard;
    err: Heard;
    list: DecisionView[];
    asked: () => Promise<void>;
  }) => Promise<void>,
): Promise<string> => {
  const list: DecisionView[] = [];
  const waiting = new Set<() => void>();
  const decisions = (newest: number): readonly DecisionView[] => {
    for (const wake of waiting) wake();
    waiting.clear();
    return list.slice(0, newest);
  };
  const asked = (): Promise<void> => new Promise((resolve) => waiting.add(resolve));
  const admin = await startAdmin({ parts: { decisions } });
  const [out, err, end] = [anOutput(), anOutput(), anEnd()];
  try {
    const first = asked();
    const running = tap({ admin: `127.0.0.1:${admin.port}`, ...options }, { out, err, end, everyMs: 1 });
    await Promise.race([running, first]);
    await test({ out, err, list, asked });
    end.end();
    await running;
    expect(end.released()).toBe(true);
    return out.text();
  } finally {
    await admin.close();
  }
};

describe('forehand tap', () => {
  it('prints decisions that are made from now on, one a line, the oldest first', async () => {
    const text = await tapping({}, async ({ out, list }) => {
      list.unshift(aDecisionView({ id: '2', route: 'second' }), aDecisionView({ id: '1', route: 'first' }));
      await out.says(/second/);
      list.unshift(aDecisionView({ id: '3', route: 'third' }));
      await out.says(/third/);
    });
    const lines = text.trimEnd().split('\n');
    expect(lines.map((line) => line.split(/ {2,}/)[2])).toEqual(['first', 'second', 'third']);
    expect(lines[0]?.split(/ {2,}/)).toEqual([
      '2023-11-14T22:13:20.000Z',
      'web',
      'first',
      'GET /cart',
      'web-1',
      '200',
      '18.2',
      aDecisionView().why.slice(0, 120),
    ]);
  });

  it('waits for the end of a request', async () => {
    const text = await tapping({}, async ({ out, list, asked }) => {
      list.unshift(aDecisionView({ id: '1', outcome: null }));
      await asked();
      await asked();
      list[0] = aDecisionView({ id: '1', outcome: ended(503) });
      await out.says(/503/);
    });
    expect(text.trimEnd().split('\n')).toHaveLength(1);
  });

  it('prints an object a line as JSON', async () => {
    const evil = aDecisionView({ id: '1', route: '\u001b[31m\u009b2J\u202e' });
    const text = await tapping({ json: true }, async ({ out, list }) => {
      list.unshift(evil);
      await out.says(/\n/);
    });
    expect(JSON.parse(text)).toEqual(evil);
    expect(text).not.toMatch(/[^\n\x20-\x7e]/);
  });

  it('never hands to the terminal what a stranger wrote for it', async () => {
    const evil = '\u001b]0;owned\u0007\u009b31m\u202e';
    const request = { method: 'GET', host: evil, path: `/${evil}`, clientIp: '192.0.2.7' };
    const text = await tapping({}, async ({ out, list }) => {
      list.unshift(aDecisionView({ id: '1', request, why: evil, chosen: evil, route: evil }));
      await out.says(/\n/);
    });
    expect(text).not.toMatch(/[^\n\x20-\x7e]/);
  });

  it('prints only what is wanted', async () => {
    const text = await tapping({ status: '5xx' }, async ({ out, list }) => {
      list.unshift(aDecisionView({ id: '1' }), aDecisionView({ id: '2', outcome: ended(502), route: 'bad' }));
      await out.says(/bad/);
    });
    expect(text.trimEnd().split('\n')).toHaveLength(1);
  });

  it('asks for those that failed', async () => {
    const { why: _, ranked: __, ...facts } = aDecisionView({ id: '9' });
    const lists: (readonly NotableDecision[])[] = [[]];
    const asked: unknown[] = [];
    const keptDecisions = (...question: readonly unknown[]): readonly NotableDecision[] => {
      asked.push(question);
      return lists.shift() ?? [{ ...facts, outcome: ended(504) }];
    };
    const admin = await startAdmin({ parts: { keptDecisions } });
    const [out, end] = [anOutput(), anEnd()];
    try {
      const running = tap({ admin: `127.0.0.1:${admin.port}`, failed: true }, { out, end, everyMs: 1 });
      await out.says(/\n/);
      end.end();
      await running;
    } finally {
      await admin.close();
    }
    expect(asked[0]).toEqual(['failed', 200]);
    expect(out.text()).toMatch(/ 504 +18\.2 +byAge 3>2, byLoad 2>2\n/);
  });

  it('says once that no proxy answers, and goes on', async () => {
    let isBroken = false;
    const list: DecisionView[] = [];
    const decisions = (): readonly DecisionView[] => {
      if (isBroken) throw new Error('broken');
      list.unshift(aDecisionView({ id: String(list.length) }));
      return list.slice(0, 3);
    };
    const admin = await startAdmin({ parts: { decisions } });
    const [out, err, end] = [anOutput(), anOutput(), anEnd()];
    const running = tap({ admin: `127.0.0.1:${admin.port}` }, { out, err, end, everyMs: 1 });
    try {
      // A line shows that the first question was answered.
      await out.says(/\n/);
      isBroken = true;
      await err.says(/^tap: the proxy at \S+ answered 500: .*; asking again\n/);
      isBroken = false;
      await err.says(/asking again\ntap: the proxy answers again\n/);
      await admin.close();
      await err.says(/answers again\ntap: no proxy answers at /);
      end.end();
      await running;
      expect(err.text().split('asking again')).toHaveLength(3);
    } finally {
      await admin.close().catch(() => undefined);
    }
  });

  it('says that some were missed where a whole list is new', async () => {
    await tapping({}, async ({ err, list, asked, out }) => {
      list.unshift(aDecisionView({ id: 'a' }));
      await out.says(/\n/);
      await asked();
      list.splice(0, 1, ...Array.from({ length: 200 }, (_, i) => aDecisionView({ id: `b${i}` })));
      await err.says(/some decisions were missed/);
    });
  });

  it('says that no proxy answers at first', async () => {
    const admin = await startAdmin();
    await admin.close();
    const asked = tap({ admin: `127.0.0.1:${admin.port}` }, { out: anOutput(), end: anEnd() });
    await expect(asked).rejects.toThrow(`no proxy answers at 127.0.0.1:${admin.port}`);
  });

  const WRONG: readonly (readonly [Options, string])[] = [
    [{ status: '6xx' }, '--status: expected a status such as 503 or 5xx, got "6xx"'],
    [{ status: '5xx,' }, '--status: expected a status such as 503 or 5xx, got ""'],
    [{ sample: '0' }, '--sample: expected a part such as 0.1 or 10%, got "0"'],
    [{ sample: '101%' }, '--sample: expected a part such as 0.1 or 10%, got "101%"'],
    [{ for: '10' }, '--for: expected a duration such as 10s, got "10"'],
  ];
  it.each(WRONG)('refuses %j', async (options, message) => {
    await expect(tap({ admin: '127.0.0.1:1', ...options })).rejects.toThrow(message);
  });

  it('ends by itself when the time is over', async () => {
    const admin = await startAdmin();
    try {
      await tap({ admin: `127.0.0.1:${admin.port}`, for: '20ms' }, { out: anOutput() });
    } finally {
      await admin.close();
    }
  });

  it('ends while a question is under way', async () => {
    let wake = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const look = (): Promise<void> => {
      wake();
      return new Promise(() => undefined);
    };
    const admin = await startAdmin({ parts: { look } });
    const end = liveEnd();
    const running = tap({ admin: `127.0.0.1:${admin.port}` }, { out: anOutput(), end });
    await asked;
    end.end();
    await running;
    await admin.close();
  });
});
