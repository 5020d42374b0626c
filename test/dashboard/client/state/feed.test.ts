import { describe, expect, it } from 'vitest';
import { Changes } from '../../../../dashboard/client/state/changes.ts';
import { ChainWindows } from '../../../../dashboard/client/state/funnel.ts';
import {
  eventGroup,
  MOST_DECISIONS,
  mergeDecisions,
  mergeEvents,
} from '../../../../dashboard/client/state/merging.ts';
import { linkSamples } from '../../../../dashboard/client/state/sampled-steps.ts';
import { errorLines, heatCells, rateLines, trafficSums } from '../../../../dashboard/client/state/traffic.ts';
import type { TrafficView } from '../../../../src/control/views/views.ts';
import { aChainView, aDecisionView, aLinkView, aServerView } from '../../../control/fake-views.ts';

describe('what a chain did lately', () => {
  const chainAt = (second: number) =>
    aChainView({
      links: [aLinkView({ calls: second * 10, serversIn: second * 50, serversOut: second * 20, spentMs: 0 })],
    });

  it('is the difference over ten seconds', () => {
    const windows = new ChainWindows();
    for (let second = 1; second <= 30; second++) windows.take(second * 1000, [chainAt(second)]);
    const { seconds, links } = windows.of(chainAt(30));
    expect(seconds).toBe(10);
    expect(links[0]).toMatchObject({ calls: 100, serversIn: 500, serversOut: 200 });
  });

  it('is all there is at first, and after a reload', () => {
    const windows = new ChainWindows();
    windows.take(1000, [chainAt(100)]);
    windows.take(2000, [chainAt(3)]);
    expect(windows.of(chainAt(3))).toMatchObject({ seconds: 0, links: [{ calls: 30 }] });
  });
});

describe('what sampled decisions say of links', () => {
  it('leaves out those set aside in front, and decisions of other chains', () => {
    const drained = { name: 'drained', before: 4, after: 3, dropped: [{ id: 'x', reason: 'drain' }], us: 0 };
    const decision = aDecisionView();
    const decisions = [
      { ...decision, id: '2', at: 9, steps: [drained, ...decision.steps] },
      decision,
      aDecisionView({ id: '3', pool: 'api' }),
      aDecisionView({ id: '4', steps: decision.steps.slice(1) }),
    ];
    const [byAge, byLoad] = linkSamples(aChainView(), decisions);
    expect(byAge).toMatchObject({ decisions: 2, changed: 2 });
    expect(byAge?.dropped).toEqual([
      { id: 'web-3', times: 2, reason: 'last heard of 31 s ago, limit 20 s', at: 9 },
    ]);
    expect(byLoad).toMatchObject({ decisions: 2, changed: 0, dropped: [] });
  });
});

describe('what changed with a server last', () => {
  const web1 = aServerView();
  const event = (at: number, message: string, kind = 'server_set') => ({ at, kind, message });

  it('is what events said before the page was opened', () => {
    const changes = new Changes();
    changes.take(100, [web1, aServerView({ id: 'web-2' }), aServerView({ id: 'a in pool b' })]);
    changes.hear([
      event(9, 'web-1 in pool web: lifted by hand'),
      event(7, 'web-1 in pool web: set by hand to drain'),
      event(8, 'worker 2: web-2 in pool web is down: connect refused', 'server_down'),
      event(5, 'server announced: a in pool b in pool web', 'server_announced'),
      event(6, 'gone in pool web is down: no answer', 'server_down'),
      event(6, 'web-1 in pool api is down: no answer', 'server_down'),
      event(10, 'web-1 in pool web: told so', 'admin_change'),
    ]);
    expect(changes.of('web web-1')).toEqual({ at: 9, text: 'lifted by hand' });
    expect(changes.of('web web-2')).toEqual({ at: 8, text: 'is down: connect refused' });
    expect(changes.of('web a in pool b')).toEqual({ at: 5, text: 'announced' });
    expect([changes.of('web gone'), changes.of('api web-1')]).toEqual([undefined, undefined]);
  });

  it('is what the page saw itself, where that is later', () => {
    const changes = new Changes();
    changes.take(100, [web1]);
    changes.take(200, [{ ...web1, state: 'down', reason: 'connect refused' }]);
    changes.hear([event(150, 'web-1 in pool web: set by hand to drain')]);
    expect(changes.of('web web-1')).toEqual({ at: 200, text: 'ready → down: connect refused' });
    changes.take(300, []);
    changes.hear([event(150, 'web-1 in pool web: set by hand to drain')]);
    expect(changes.of('web web-1')).toBeUndefined();
  });
});

describe('decisions and events', () => {
  it('are kept once, newest first, with the outcome that came later and the longer lists', () => {
    const whole = aDecisionView({ id: 'a', at: 1, outcome: null });
    const short = { ...whole, steps: [], outcome: aDecisionView().outcome };
    const merged = mergeDecisions(mergeDecisions([], [whole]), [aDecisionView({ id: 'b', at: 2 }), short]);
    expect(merged.map(({ id }) => id)).toEqual(['b', 'a']);
    expect(merged[1]).toMatchObject({ steps: whole.steps, outcome: { status: 200 } });
  });

  it('are no more than the page can keep', () => {
    const many = Array.from({ length: 500 }, (_, i) => aDecisionView({ id: String(i), at: i }));
    expect(mergeDecisions([], many)).toHaveLength(MOST_DECISIONS);
  });

  it('that come again in the next piece stay one; two of a kind stay two', () => {
    const one = { at: 1, kind: 'node_joined', message: 'a' };
    const known = mergeEvents([], [one, one]);
    expect(known).toHaveLength(2);
    expect(mergeEvents(known, [one, one])).toBe(known);
    expect(mergeEvents(known, [{ ...one, at: 3 }]).map(({ at }) => at)).toEqual([3, 1, 1]);
  });

  it.each([
    ['server_set', 'Set by hand'],
    ['server_added', 'Servers and nodes'],
    ['config_refused', 'Configuration'],
    ['script_fault', 'Functions'],
    ['certificate_expires', 'The proxy'],
  ])('of the kind %s are of the group "%s"', (kind, group) => {
    expect(eventGroup(kind)).toBe(group);
  });
});

describe('traffic', () => {
  const second = { requests: 10, byClass: { '2xx': 8, '5xx': 1, none: 1 }, bytesIn: 100, bytesOut: 200 };
  const traffic: TrafficView = {
    at: 60_000,
    seconds: Array.from({ length: 3 }, () => ({ ...second, latency: [9, 0, 1] })),
    latencyBoundsMs: [10, 100],
    inFlight: 0,
    tunnels: 0,
    openConnections: 0,
  };

  it('is a mean of the last seconds, with percentiles by row', () => {
    expect(trafficSums(traffic)).toEqual({
      requests: 10,
      failed: 0.2,
      bytesIn: 100,
      bytesOut: 200,
      p50: 10,
      p99: Number.POSITIVE_INFINITY,
    });
    expect(trafficSums({ ...traffic, seconds: [] })).toMatchObject({ requests: 0, failed: null, p50: null });
  });

  it('becomes lines over time', () => {
    expect(rateLines(traffic).data).toEqual([
      [58, 59, 60],
      [10, 10, 10],
    ]);
    expect(errorLines(traffic).data.slice(1)).toEqual([
      [0, 0, 0],
      [1, 1, 1],
      [1, 1, 1],
    ]);
  });

  it('becomes cells at the right edge, the many strongest, none for nothing', () => {
    const cells = heatCells(traffic);
    expect(cells.map(({ column, row }) => [column, row])).toEqual([
      [57, 0],
      [57, 2],
      [58, 0],
      [58, 2],
      [59, 0],
      [59, 2],
    ]);
    expect(cells[0]?.strength).toBe(1);
    expect(cells[1]?.strength).toBeCloseTo(Math.log(2) / Math.log(10));
  });
});
