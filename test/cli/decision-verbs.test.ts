import { describe, expect, it } from 'vitest';
import { listDecisions } from '../../src/cli/decisions.ts';
import { explainUrl, explanationText } from '../../src/cli/explain.ts';
import { listShadows } from '../../src/cli/shadow.ts';
import type { ShadowView } from '../../src/control/views/views.ts';
import { aDecisionView, aRecentDecision, fakeParts } from '../control/fake-views.ts';
import { writtenBy } from './asked-proxy.ts';

const EVIL = '\u001b]0;owned\u0007\u009b31m\u202e';
const PLAIN = '?]0;owned??31m?';

const aShadow = (facts: Partial<ShadowView> = {}): ShadowView => ({
  pool: 'web',
  links: ['byAge', 'byMarginalCost'],
  share: 1,
  decisions: 12_000,
  disagreements: 3000,
  disagreement: 0.25,
  refused: 0,
  faults: 0,
  lastFault: null,
  delay: { live: 1.5, shadow: 1.2, ratio: 0.8 },
  herding: { live: 0.2, shadow: 0.2, ratio: 1 },
  costUs: { live: 1.25, shadow: 2 },
  isSafe: true,
  verdict: 'safe to switch',
  ...facts,
});

const cells = (line: string | undefined): readonly string[] => (line ?? '').split(/ {2,}/);

describe('forehand explain', () => {
  it('begins with the reason in one sentence', async () => {
    const answer = await fakeParts().explain({ url: '/' });
    if (!answer) throw new TypeError('no answer');
    const [why, head] = explanationText({ ...answer, worker: 2 }).split('\n');
    expect(why).toBe('web-1 won: the pool has no other server');
    expect(head).toBe('route everything   pool web   worker 2');
  });

  it.each([false, true])('shows nothing that a terminal takes for a command (as JSON: %j)', async (json) => {
    const { why, chosen, delivery, ranked } = aDecisionView({ why: `web-1 won: ${EVIL}`, ranked: [EVIL] });
    const dropped = [{ id: 'web-2', reason: EVIL }];
    const steps = [{ name: EVIL, before: 2, after: 1, dropped, note: EVIL, us: 1 }];
    const parts = {
      explain: () => ({ pool: 'web', route: EVIL, why, chosen, delivery, ranked, steps }),
    };
    const text = await writtenBy(parts, (admin) =>
      explainUrl('/', { admin, method: 'GET', from: '127.0.0.1', json }),
    );
    expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
    if (json) expect(JSON.parse(text).why).toBe(why);
    else expect(text.split('\n')[0]).toBe(`web-1 won: ${PLAIN}`);
  });

  it('says what is wrong with the question', async () => {
    const asking = writtenBy({}, (admin) => explainUrl('/', { admin, method: 'GET', from: 'nobody' }));
    await expect(asking).rejects.toThrow('explain: from: expected an IP address');
  });
});

describe('forehand shadow', () => {
  const shown = async (...views: readonly ShadowView[]): Promise<readonly string[]> =>
    (await writtenBy({ shadows: () => views }, (admin) => listShadows({ admin }))).split('\n');

  it('shows each shadow chain against the one in use', async () => {
    const [head, row] = await shown(aShadow());
    expect(cells(head)).toEqual([
      'pool',
      'decisions',
      'differ',
      'delay',
      'herding',
      'us',
      'faults',
      'verdict',
    ]);
    expect(cells(row)).toEqual([
      'web',
      '12000',
      '25.0%',
      'x0.80',
      'x1.00',
      '2.0 (1.3)',
      '0',
      'safe to switch',
    ]);
  });

  it('shows what is not known yet, and the last fault', async () => {
    const unknown = { live: null, shadow: null, ratio: null };
    const view = aShadow({
      decisions: 0,
      disagreement: null,
      delay: unknown,
      herding: unknown,
      costUs: { live: null, shadow: null },
      faults: 1,
      lastFault: 'no such header',
      verdict: 'not yet: 1 faults of its functions',
    });
    const [, row, fault] = await shown(view);
    expect(cells(row).slice(1, 7)).toEqual(['0', '-', '-', '-', '- (-)', '1']);
    expect(fault).toBe('web: last fault: no such header');
  });

  it('shows nothing of a fault that a terminal takes for a command', async () => {
    const [, , fault] = await shown(aShadow({ faults: 1, lastFault: 'no \u001b[31m \u009b2J' }));
    expect(fault).toBe('web: last fault: no ?[31m ?2J');
  });

  it('says how to have one where there is none', async () => {
    expect((await shown())[0]).toContain('no pool has a shadow chain');
  });

  it('prints the JSON of the API', async () => {
    const parts = { shadows: () => [aShadow()] };
    const text = await writtenBy(parts, (admin) => listShadows({ admin, json: true }));
    expect(JSON.parse(text)).toEqual([aShadow()]);
  });
});

describe('forehand decisions', () => {
  it('shows why each was made', async () => {
    const text = await writtenBy({}, (admin) => listDecisions({ admin, kind: 'sampled', limit: '5' }));
    const row = cells(text.split('\n')[1]);
    expect(row.slice(1, 7)).toEqual(['web', 'everything', 'GET /cart', 'web-1', '200', '18.2']);
    expect(row[7]).toBe(aDecisionView().why);
  });

  it('asks for as many of the kind as were wanted', async () => {
    const asked: unknown[] = [];
    const recent = aRecentDecision({ at: 0, chosen: null, status: 503, durationMs: 2 });
    const parts = {
      keptDecisions: (...question: readonly unknown[]) => {
        asked.push(question);
        return [recent];
      },
    };
    const text = await writtenBy(parts, (admin) => listDecisions({ admin, kind: 'failed', limit: '1000' }));
    expect(asked).toEqual([['failed', 1000]]);
    expect(cells(text.split('\n')[1])).toEqual([
      '1970-01-01T00:00:00.000Z',
      'web',
      'all',
      '-',
      '-',
      '503',
      '2.0',
    ]);
  });

  it.each([false, true])('shows nothing that a terminal takes for a command (as JSON: %j)', async (json) => {
    const path = `/${EVIL}`;
    const request = { method: 'GET', host: 'shop.example', path, clientIp: '192.0.2.7' };
    const decisions = () => [aDecisionView({ request, why: `web-1 won: ${EVIL}` })];
    const text = await writtenBy({ decisions }, (admin) =>
      listDecisions({ admin, kind: 'sampled', limit: '5', json }),
    );
    expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
    if (json) expect(JSON.parse(text)[0].request.path).toBe(path);
    else expect(cells(text.split('\n')[1])[7]).toBe(`web-1 won: ${PLAIN}`);
  });

  it('says what is wrong with the question', async () => {
    const asking = writtenBy({}, (admin) => listDecisions({ admin, kind: 'slow', limit: '1001' }));
    await expect(asking).rejects.toThrow('decisions: limit: expected a whole number from 1 to 1000');
  });
});
