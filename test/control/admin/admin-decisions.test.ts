import { afterEach, describe, expect, it } from 'vitest';
import type { AdminParts } from '../../../src/control/views/views.ts';
import { jsonPost, type RunningAdmin, startAdmin } from '../admin-client.ts';
import { aDecisionView, aRecentDecision } from '../fake-views.ts';

const open: RunningAdmin[] = [];
afterEach(async () => {
  for (const admin of open.splice(0)) await admin.close();
});

const anAdmin = async (parts: Partial<AdminParts> = {}): Promise<RunningAdmin> => {
  const admin = await startAdmin({ parts });
  open.push(admin);
  return admin;
};

describe('decisions that are asked for', () => {
  const ended = (status: number) => ({ status, termination: 'ok', durationMs: 1, attempts: 1 });
  const decisions = [
    aDecisionView({ id: '5', outcome: null }),
    aDecisionView({ id: '4', pool: 'api', outcome: ended(503) }),
    aDecisionView({ id: '3', route: 'shop', outcome: ended(404) }),
    aDecisionView({ id: '2', chosen: 'web-2', outcome: ended(200) }),
    aDecisionView({ id: '1', chosen: null, outcome: ended(500) }),
  ];
  const ids = async (query: string): Promise<string> => {
    const list = (newest: number) => decisions.slice(0, newest);
    const { text } = await (await anAdmin({ decisions: list })).ask(`/api/v1/decisions?${query}`);
    return (JSON.parse(text) as readonly { id: string }[]).map(({ id }) => id).join();
  };

  it.each([
    ['pool=api', '4'],
    ['route=shop', '3'],
    ['server=web-2', '2'],
    ['status=5xx', '4,1'],
    ['status=404,503', '4,3'],
    ['status=5xx&pool=web', '1'],
    ['pool=nobody', ''],
  ])('by %s are those and no others', async (query, expected) => {
    expect(await ids(query)).toBe(expected);
  });

  it('are the newest of those that are wanted, not those wanted of the newest', async () => {
    expect(await ids('n=1&status=500')).toBe('1');
    expect(await ids('limit=1&status=5xx')).toBe('4');
  });

  it('may be of any kind', async () => {
    const kept = [aRecentDecision({ id: 'a', status: 502 }), aRecentDecision({ id: 'b' })];
    const admin = await anAdmin({ keptDecisions: () => kept });
    const { text } = await admin.ask('/api/v1/decisions?kind=recent&status=502');
    expect(JSON.parse(text)).toEqual([kept[0]]);
  });

  it.each(['status=', 'status=600', 'status=5x', 'status=200,', 'status=abc'])(
    '%s is a bad query',
    async (query) => {
      const { status, text } = await (await anAdmin()).ask(`/api/v1/decisions?${query}`);
      expect(status).toBe(400);
      expect(JSON.parse(text).error.message).toMatch(/^status: expected a status such as 503 or 5xx, got "/);
    },
  );
});

describe('a reload', () => {
  const asked = async (body: string | object) => {
    const calls: string[] = [];
    const said = (name: string, ok: boolean) => async () => {
      calls.push(name);
      return { ok, text: name, ignored: [] };
    };
    const admin = await anAdmin({ reload: said('reload', true), tryReload: said('try', false) });
    const { status, text } = await admin.ask('/api/v1/reload', jsonPost(body));
    return { calls, status, value: JSON.parse(text) };
  };

  it.each(['', {}, { dryRun: false }])('is carried out with the body %j', async (body) => {
    expect(await asked(body)).toMatchObject({ calls: ['reload'], status: 200, value: { ok: true } });
  });

  it('is only tried as a dry run', async () => {
    const { calls, status, value } = await asked({ dryRun: true });
    expect({ calls, status }).toEqual({ calls: ['try'], status: 409 });
    expect(value).toEqual({ ok: false, text: 'try', ignored: [] });
  });

  it.each(['null', '{', { dryrun: true }, { dryRun: 'yes' }])('is not carried out with %j', async (body) => {
    const { calls, status } = await asked(body);
    expect({ calls, status }).toEqual({ calls: [], status: 400 });
  });
});

describe('what is said where nobody has wired it', () => {
  it('is a traffic without seconds', async () => {
    const { text } = await (await anAdmin()).ask('/api/v1/traffic');
    expect(JSON.parse(text)).toMatchObject({ seconds: [], latencyBoundsMs: [], inFlight: 0 });
  });
});
