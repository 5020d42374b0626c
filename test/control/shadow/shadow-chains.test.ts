import { describe, expect, it } from 'vitest';
import { byInFlight } from '../../../candidacy/by-in-flight.ts';
import { sample } from '../../../candidacy/sample.ts';
import { ShadowChains } from '../../../src/control/shadow/shadow-chains.ts';
import { shadowViews, sumShadows } from '../../../src/control/shadow/shadow-views.ts';
import type { ShadowView } from '../../../src/control/views/views.ts';
import { type Chain, compileChain, type LinkSpec } from '../../../src/core/chain.ts';
import { orderBy } from '../../../src/core/making.ts';
import { seededRandom } from '../../../src/core/random.ts';
import type { RouteTable } from '../../../src/core/route.ts';
import { aBoard, aContext, aGuard, aLink, preferring, type TestBoard, without } from '../../core/support.ts';
import { ROUTE_SETTINGS } from '../../support/route-settings.ts';

const least: readonly LinkSpec[] = [
  { name: 'sample', candidacy: sample, options: { least: 3 } },
  { name: 'byInFlight', candidacy: byInFlight, options: byInFlight.options?.parse({}) },
];
const broken = aLink('broken', () => {
  throw new Error('no');
});

interface Bench {
  readonly made: TestBoard;
  readonly live: Chain;
  readonly shadow: Chain;
  readonly counts: ShadowChains;
  /** Decides so often, a millisecond apart; gives the ids chosen. */
  decide(times: number): readonly (string | undefined)[];
  view(): ShadowView | undefined;
}

const aBench = (
  live: readonly LinkSpec[],
  shadow: readonly LinkSpec[] | undefined,
  { share = 1, tick = 0.001 } = {},
): Bench => {
  const made = aBoard([...'abcdefghij']);
  let clock = 0;
  const counts = new ShadowChains(() => {
    clock += tick;
    return clock;
  });
  const liveChain = compileChain('web', live, made.pool, 'undo');
  const shadowChain: Chain = compileChain('shadow', shadow ?? [], made.pool, 'refuse', (_, __, message) =>
    counts.fault(shadowChain, message),
  );
  if (shadow) counts.follow([{ chain: shadowChain, share, key: 'k' }]);
  const route = { name: 'all', match: {}, chain: liveChain, settings: ROUTE_SETTINGS };
  const routes: RouteTable = () => route;
  const random = seededRandom(5);
  let now = 0;
  const decide = (times: number) =>
    Array.from({ length: times }, () => {
      now += 1;
      return counts.choose(routes, { ...aContext(), now, random })?.decision.chosen?.id;
    });
  return {
    made,
    live: liveChain,
    shadow: shadowChain,
    counts,
    decide,
    view: () => shadowViews(counts.take())[0],
  };
};

describe('a shadow chain', () => {
  it('changes nothing of what the live chain decides', () => {
    const shadowed = aBench(least, [aLink('mine', (servers, { random }) => (random() < 0.5 ? servers : []))]);
    expect(shadowed.decide(50)).toEqual(aBench(least, undefined).decide(50));
    expect(shadowed.view()?.decisions).toBe(50);
  });

  it('is not safe to switch to while a function of it is bypassed', () => {
    const guard = aGuard();
    const { decide, view } = aBench(least, [aLink('mine', (servers) => servers, { guard })]);
    decide(1);
    expect(view()?.verdict).not.toMatch(/bypassed/);
    guard.bypassed = true;
    decide(1);
    expect(view()?.verdict).toMatch(/; a function of it is bypassed/);
  });

  it('has a fault where a function of it takes too long', () => {
    const guard = { ...aGuard(), leave: () => 'took 9 ms' };
    const { decide, view } = aBench(least, [aLink('late', (servers) => servers, { guard })]);
    decide(2);
    expect(view()).toMatchObject({ faults: 2, lastFault: 'took 9 ms' });
  });

  it('decides the same where it is the same', () => {
    const { decide, view } = aBench(least, least);
    decide(200);
    expect(view()).toMatchObject({
      decisions: 200,
      disagreements: 0,
      disagreement: 0,
      delay: { ratio: 1 },
      herding: { ratio: 1 },
    });
  });

  it('is counted where it would choose another server, with what that would take', () => {
    const { made, decide, view } = aBench([preferring('a')], [preferring('b')]);
    made.server('a').hear('n', { cpus: 2, inFlight: 5 }, 0);
    made.server('b').hear('n', { cpus: 4, inFlight: 1, arriba: 500 }, 0);
    decide(20);
    // a: (5 + 1) / 2; b: 4 free cores at half speed.
    expect(view()).toMatchObject({ disagreement: 1, delay: { live: 3, shadow: 2, ratio: 2 / 3 } });
  });

  it('is known for a herd', () => {
    const { decide, view } = aBench(
      [
        aLink(
          'shuffle',
          (servers, { random }) =>
            [servers[Math.floor(random() * 10)] ?? servers[0]].flatMap((one) => one ?? []),
          { kind: 'cut' },
        ),
      ],
      [preferring('a')],
    );
    decide(1001);
    const { live, shadow, ratio } = view()?.herding ?? {};
    expect(shadow).toBe(1);
    expect(live).toBeLessThan(0.25);
    expect(ratio).toBeGreaterThan(4);
  });

  it('is not safe where it runs after old reports, however idle those made servers look', () => {
    const byReport = aLink(
      'byReport',
      orderBy(({ stats }) => stats?.inFlight ?? 0),
      { kind: 'order' },
    );
    const { made, decide, view } = aBench(
      [{ name: 'sample', candidacy: sample, options: { least: 1 } }],
      [byReport],
    );
    made.pool.servers.forEach((server, i) => {
      server.hear('n', { inFlight: i }, 0);
    });
    decide(10_000);
    const { delay, isSafe, verdict } = view() ?? {};
    expect(delay?.ratio).toBeLessThan(0.3);
    expect(isSafe).toBe(false);
    expect(verdict).toMatch(/^not yet: it sends [\d.]+ times as many requests to one server within 100 ms/);
  });

  it('is safe where it spreads requests as well, and waits for less', () => {
    const { made, decide, view } = aBench(
      [{ name: 'sample', candidacy: sample, options: { least: 1 } }],
      [{ name: 'sample', candidacy: sample, options: { least: 2 } }, ...least.slice(1)],
    );
    // Requests come and go: who is idle changes every ten milliseconds.
    for (let turn = 0; turn < 1000; turn++) {
      made.pool.servers.forEach((server, i) => {
        server.inFlight = (i * 7 + turn * 3) % 10;
      });
      decide(10);
    }
    expect(view()).toMatchObject({ isSafe: true, verdict: 'safe to switch' });
    expect(view()?.delay.ratio).toBeLessThan(1);
  });

  it('is counted where it leaves nobody', () => {
    const { decide, view } = aBench(least, [without('a b c d e f g h i j')]);
    decide(3);
    expect(view()).toMatchObject({ decisions: 3, refused: 3, disagreements: 3, delay: { ratio: null } });
  });

  it('is told of its faults, which touch nothing', () => {
    const { decide, view } = aBench([preferring('c')], [broken]);
    expect(decide(2)).toEqual(['c', 'c']);
    expect(view()).toMatchObject({ faults: 2, lastFault: 'no', isSafe: false });
  });

  it('is timed once in a while, as the live one is', () => {
    const { decide, view } = aBench(least, least);
    decide(64);
    expect(view()?.costUs.live).toBeCloseTo(1, 6);
    expect(view()?.costUs.shadow).toBeCloseTo(1, 6);
  });

  it('makes the part of the decisions that it was given', () => {
    const { decide, view } = aBench(least, least, { share: 0.25 });
    decide(100);
    expect(view()?.decisions).toBe(25);
  });

  it('goes on with its counts while it is the same, and begins anew as another', () => {
    const { decide, view, counts, shadow } = aBench(least, least);
    decide(5);
    counts.follow([{ chain: shadow, share: 1, key: 'k' }]);
    decide(5);
    expect(view()?.decisions).toBe(10);
    counts.follow([{ chain: shadow, share: 1, key: 'another' }]);
    decide(1);
    expect(view()?.decisions).toBe(1);
    counts.follow([]);
    decide(1);
    expect(view()).toBeUndefined();
  });

  it('hears of faults of its own version only', () => {
    const { counts, live, view } = aBench(least, least);
    counts.fault(live, 'not mine');
    expect(view()?.faults).toBe(0);
  });
});

describe('the counts of several processes', () => {
  it('are those of one that had seen all of it', () => {
    const [a, b] = [aBench(least, [preferring('a')]), aBench(least, [preferring('a')])];
    a.decide(200);
    b.decide(300);
    const sum = shadowViews(sumShadows(structuredClone([...a.counts.take(), ...b.counts.take()])))[0];
    expect(sum?.decisions).toBe(500);
    expect(sum?.disagreements).toBe((a.view()?.disagreements ?? 0) + (b.view()?.disagreements ?? 0));
    expect(sum?.herding.shadow).toBeCloseTo(1, 9);
  });

  it('are not added where the chains differ', () => {
    const { counts, decide } = aBench(least, least);
    decide(1);
    const [one] = counts.take();
    const both = one ? [one, { ...one, key: 'other' }] : [];
    expect(sumShadows(both).map(({ key }) => key)).toEqual(['k', 'other']);
  });

  it('are shown once for each pool: those of most decisions, where not all processes run the same', () => {
    const [few, many] = [aBench(least, least), aBench(least, least)];
    few.decide(1);
    many.decide(3);
    const other = many.counts.take().map((one) => ({ ...one, key: 'other' }));
    for (const both of [
      [...few.counts.take(), ...other],
      [...other, ...few.counts.take()],
    ])
      expect(shadowViews(sumShadows(both)).map(({ decisions }) => decisions)).toEqual([3]);
  });
});
