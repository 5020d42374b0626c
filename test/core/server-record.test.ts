import { describe, expect, it } from 'vitest';
import { joinStats } from '../../src/core/report.ts';
import { ServerRecord } from '../../src/core/server-record.ts';
import { handStateOf, toldStateOf } from '../../src/core/server-state.ts';
import type { Outcome, ServerState } from '../../src/core/types.ts';
import { answered, aSpec, failed } from './support.ts';

const setStateOf = (record: ServerRecord): ServerState | undefined =>
  handStateOf(record) ?? toldStateOf(record);

/** What was set beats what was seen. */
const stateOf = (record: ServerRecord, now: number, silence: number): ServerState =>
  setStateOf(record) ?? record.seenState(now, silence);

const aRecord = (facts: Parameters<typeof aSpec>[1] = {}): ServerRecord =>
  new ServerRecord('web', 3, aSpec('a', facts), true);

const ended = (...outcomes: readonly Outcome[]): ServerRecord => {
  const record = aRecord();
  for (const outcome of outcomes) {
    record.begin();
    record.end(outcome);
  }
  return record;
};

describe('a new record', () => {
  it('has heard and measured nothing', () => {
    expect(aRecord({ tags: ['eu'] })).toMatchObject({
      id: 'a',
      pool: 'web',
      slot: 3,
      tags: new Set(['eu']),
      stats: undefined,
      arriba: undefined,
      heardAt: Number.NEGATIVE_INFINITY,
      inFlight: 0,
      latency: Number.NaN,
      failures: 0,
      forwarded: 0,
    });
    expect(stateOf(aRecord(), 0, 1000)).toBe('unknown');
  });
});

describe('a report', () => {
  it('replaces what was heard and remembers the requests under way', () => {
    const record = aRecord();
    record.begin();
    record.begin();
    record.hear('n1', joinStats({ load1: 1, cpus: 4 }, { load1: 2 }), 500);
    expect(record).toMatchObject({
      node: 'n1',
      stats: { load1: 2, cpus: 4 },
      heardAt: 500,
      inFlightAtReport: 2,
    });
    record.hear('n2', {}, 600);
    expect(record).toMatchObject({ node: 'n2', stats: {}, heardAt: 600 });
  });

  it.each([
    { configured: undefined, reported: undefined, arriba: undefined },
    { configured: undefined, reported: 800, arriba: 800 },
    { configured: 1200, reported: 800, arriba: 1200 },
    { configured: 1200, reported: undefined, arriba: 1200 },
  ])(
    'speed: $configured configured and $reported reported is $arriba',
    ({ configured, reported, arriba }) => {
      const record = aRecord(configured === undefined ? {} : { arriba: configured });
      record.hear('n1', reported === undefined ? {} : { arriba: reported }, 0);
      expect(record.arriba).toBe(arriba);
    },
  );
});

describe('a new configuration', () => {
  it('brings tags and speed, and leaves what was measured', () => {
    const record = ended(answered());
    record.hear('n1', { arriba: 800 }, 10);
    record.begin();
    record.configure(aSpec('a', { tags: ['us'], arriba: 900 }));
    expect(record).toMatchObject({
      tags: new Set(['us']),
      arriba: 900,
      inFlight: 1,
      forwarded: 2,
      heardAt: 10,
    });
    record.configure(aSpec('a'));
    expect(record.arriba).toBe(800);
  });
});

describe('the end of a request', () => {
  it('leaves no request under way, but counts it as sent', () => {
    expect(ended(answered(), failed(), answered(503))).toMatchObject({ inFlight: 0, forwarded: 3 });
  });

  it('moves the latency an eighth of the way to each good answer', () => {
    const record = ended(answered(200, 80), answered(404, 160));
    expect(record.latency).toBe(90);
    expect(record.responseTime).toBe(180);
  });

  it.each([
    ['an answer of 500', answered(500, 1)],
    ['a failure of the server', failed()],
  ])('with %s is never a fast answer, and counts as failure', (_, outcome) => {
    const record = ended(answered(200, 80), outcome);
    expect(record.latency).toBe(80);
    expect(record.failures).toBe(1);
  });

  it('with a good answer makes the failures in a row none', () => {
    expect(ended(failed(), answered(500), failed()).failures).toBe(3);
    expect(ended(failed(), answered(404)).failures).toBe(0);
  });

  it.each(['client', 'proxy'] as const)('by fault of the %s says nothing about the server', (side) => {
    const record = ended(failed(), failed({ side, reason: 'client_abort' }));
    expect(record.failures).toBe(1);
  });
});

describe('the state', () => {
  const refused = failed({ reason: 'connect_refused' });
  it.each([
    ['unknown', ended()],
    ['ready', ended(answered())],
    ['ready', ended(answered(503))],
    ['down', ended(answered(), refused)],
    ['ready', ended(refused, answered())],
    ['unknown', ended(failed({ reason: 'header_timeout' }))],
    ['unknown', ended(failed({ reason: 'client_abort', side: 'client' }))],
  ])('is %s (%#)', (state, record) => {
    expect(stateOf(record, 1_000_000, 1000)).toBe(state);
  });

  it('is ready while reports come, and drain or maint while set by hand', () => {
    const record = aRecord();
    record.hear('n1', {}, 0);
    expect(stateOf(record, 1000, 1000)).toBe('ready');
    expect(stateOf(record, 1001, 1000)).toBe('unknown');
    record.hand = { state: 'maint', reason: '' };
    expect(stateOf(record, 0, 1000)).toBe('maint');
  });
});

describe('requests that other processes have under way', () => {
  it('are part of what is in flight, beside those of this one', () => {
    const record = aRecord();
    record.begin();
    record.setElsewhere(4);
    expect(record).toMatchObject({ inFlight: 5, inFlightHere: 1 });
    record.begin();
    record.setElsewhere(2);
    expect(record).toMatchObject({ inFlight: 4, inFlightHere: 2 });
    record.end(answered());
    record.end(answered());
    record.setElsewhere(0);
    expect(record).toMatchObject({ inFlight: 0, inFlightHere: 0 });
  });
});

describe('what other processes have seen', () => {
  it('stands in for what this one would have seen', () => {
    const record = aRecord();
    const seen = { state: 'ejected', forwarded: 9, failures: 5, latency: 12, responseTime: 30 } as const;
    record.observe(seen);
    expect(record).toMatchObject({ forwarded: 9, failures: 5, latency: 12, responseTime: 30 });
    expect(stateOf(record, 0, 1000)).toBe('ejected');
    record.observe({ ...seen, state: 'unknown' });
    expect(stateOf(record, 0, 1000)).toBe('unknown');
    record.hear('n1', { load1: 1 }, 0);
    expect(stateOf(record, 0, 1000)).toBe('ready');
  });
});

describe('numbers that come with answers', () => {
  it('are laid over those of an older report, and lie below those of a newer one for three seconds', () => {
    const record = aRecord();
    record.hear('n1', { load1: 1, cpus: 4 }, 0);
    record.hearInBand({ load1: 9 }, 100);
    expect(record).toMatchObject({ stats: { load1: 9, cpus: 4 }, heardAt: 100, inBandAt: 100, node: 'n1' });
    record.hearInBand({ load1: 9, cpuIdle: 0.5 }, 200);
    record.hear('n1', { load1: 2, cpus: 4 }, 3199);
    expect(record.stats).toEqual({ load1: 2, cpus: 4, cpuIdle: 0.5 });
    record.hear('n1', { load1: 3, cpus: 4 }, 3200);
    expect(record.stats).toEqual({ load1: 3, cpus: 4 });
  });

  it('are laid over a report that came since, also if they are the same as before', () => {
    const record = aRecord();
    const said = Object.freeze({ cpuIdle: 0.9 });
    record.hearInBand(said, 100);
    record.hear('n1', { cpuIdle: 0.1 }, 110);
    expect(record.stats).toEqual({ cpuIdle: 0.1 });
    record.hearInBand(said, 120);
    expect(record).toMatchObject({ stats: { cpuIdle: 0.9 }, heardAt: 120 });
  });

  it('give the count of requests until a report has a newer one', () => {
    const record = aRecord();
    record.begin();
    record.hearInBand({ inFlight: 3 }, 100);
    expect(record).toMatchObject({ isCountFresh: true, inFlightAtReport: 1, stats: { inFlight: 3 } });
    record.begin();
    record.hear('n1', { inFlight: 7 }, 110);
    expect(record).toMatchObject({ isCountFresh: false, inFlightAtReport: 2, stats: { inFlight: 7 } });
    record.hear('n1', { load1: 7 }, 120);
    expect(record).toMatchObject({ isCountFresh: true, inFlightAtReport: 1, stats: { inFlight: 3 } });
  });

  it('replace those of the answer before', () => {
    const record = aRecord();
    record.hearInBand({ load1: 9, custom: { queue: 4 } }, 0);
    record.hearInBand({ cpuIdle: 0.5 }, 10);
    expect(record.stats).toEqual({ cpuIdle: 0.5 });
  });

  it('are enough without any agent: speed, time and the requests under way', () => {
    const record = aRecord();
    record.begin();
    record.hearInBand({ arriba: 700, inFlight: 3 }, 50);
    expect(record).toMatchObject({ arriba: 700, heardAt: 50, inFlightAtReport: 1, node: undefined });
    expect(stateOf(record, 60, 1000)).toBe('ready');
  });

  it('are not made older by a report that was longer under way', () => {
    const record = aRecord();
    record.hearInBand({ load1: 9 }, 500);
    record.hear('n1', { load1: 1 }, 200, 510);
    expect(record).toMatchObject({ heardAt: 500 });
  });
});

describe('weight', () => {
  const aWeighted = (hand: number | undefined, told: number | undefined): ServerRecord => {
    const record = aRecord();
    record.set(
      hand === undefined ? undefined : { state: 'ready', weight: hand, reason: '' },
      told === undefined ? undefined : { state: 'ready', weight: told, reason: '' },
    );
    return record;
  };

  it.each([
    { hand: undefined, told: undefined, weight: 1 },
    { hand: 0.5, told: undefined, weight: 0.5 },
    { hand: undefined, told: 0.83, weight: 0.83 },
    { hand: 0.5, told: 0.5, weight: 0.25 },
    { hand: 2, told: 0, weight: 0 },
  ])('of $hand by hand and $told told is $weight', ({ hand, told, weight }) => {
    expect(aWeighted(hand, told).weight).toBe(weight);
  });

  it('is 1 again when it is lifted', () => {
    const record = aWeighted(0.5, 0.5);
    record.set(undefined, undefined);
    expect(record).toMatchObject({ weight: 1, isEligible: true });
    expect(setStateOf(record)).toBeUndefined();
  });

  it('may come with numbers of the agent-check, which reports are laid over', () => {
    const record = aRecord();
    record.set(undefined, { state: 'ready', weight: 1, reason: '', custom: { maxconn: 30, queue: 1 } });
    expect(record).toMatchObject({ stats: { custom: { maxconn: 30, queue: 1 } } });
    expect(record.heardAt).toBe(Number.NEGATIVE_INFINITY);
    record.hear('n1', { load1: 2, custom: { queue: 7 } }, 10);
    expect(record.stats).toEqual({ load1: 2, custom: { maxconn: 30, queue: 7 } });
    record.set(undefined, undefined);
    expect(record.stats).toEqual({ load1: 2, custom: { queue: 7 } });
  });

  it('of 0 is a drain', () => {
    const record = aWeighted(0, undefined);
    expect(record.isEligible).toBe(false);
    expect(setStateOf(record)).toBe('drain');
  });
});

describe('what was set', () => {
  const by = (state: 'ready' | 'drain' | 'maint') => ({ state, reason: '' });
  const said = (state: 'ready' | 'drain' | 'maint' | 'down') => ({ state, weight: 1, reason: '' });

  it.each([
    ['nothing', undefined, undefined, undefined],
    ['ready by hand', by('ready'), undefined, undefined],
    ['drain by hand', by('drain'), undefined, 'drain'],
    ['maint by hand and down told', by('maint'), said('down'), 'maint'],
    ['down told', undefined, said('down'), 'down'],
    ['drain told', undefined, said('drain'), 'drain'],
    ['down told, which ready by hand does not undo', by('ready'), said('down'), 'down'],
    ['up told, which does not undo drain by hand', by('drain'), said('ready'), 'drain'],
  ])('%s', (_, hand, told, state) => {
    const record = aRecord();
    record.set(hand, told);
    expect(setStateOf(record)).toBe(state);
    expect(record.isEligible).toBe(state === undefined);
    record.end(answered());
    expect(stateOf(record, 0, 1000)).toBe(state ?? 'ready');
  });
});
