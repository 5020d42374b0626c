import { describe, expect, it } from 'vitest';
import { LiveShare, type Seen } from '../../agent/live-share.ts';
import type { MachineLoad } from '../../agent/sources/machine-load.ts';

const aMachine = (fields: Partial<MachineLoad> = {}): MachineLoad => ({
  cores: 2,
  busy: 0,
  stolen: 0,
  waiting: 0,
  ...fields,
});

/** The share once things have been so for long. */
const settled = (seen: Partial<Seen>) => {
  const live = new LiveShare();
  for (let i = 0; i < 19; i++) live.see({ millis: 250, cpus: 2, ...seen });
  return live.see({ millis: 250, cpus: 2, ...seen });
};

describe('the share that an application’s own tasks tell', () => {
  it.each([
    ['one task alone', { ran: 1, waited: 0 }, aMachine({ busy: 1 }), 1],
    ['one task beside a hog on each core', { ran: 0.5, waited: 0.5 }, aMachine({ busy: 2 }), 0.5],
    ['one task that wants little beside hogs', { ran: 0.05, waited: 0.05 }, aMachine({ busy: 2 }), 0.5],
    ['four tasks that wait for one another on two cores', { ran: 2, waited: 2 }, aMachine({ busy: 2 }), 1],
    ['four tasks and two hogs on two cores', { ran: 1.33, waited: 2.67 }, aMachine({ busy: 2 }), 0.665],
    [
      'two tasks that come at the same moments, nobody else',
      { ran: 0.2, waited: 0.1 },
      aMachine({ busy: 0.2 }),
      1,
    ],
    ['a machine of which nothing else is known', { ran: 0.5, waited: 0.5 }, undefined, 0.5],
  ])('%s', (_, tasks, machine, share) => {
    const found = settled({ tasks, machine });
    expect(found.share).toBeCloseTo(share, 2);
    expect(found.from).toBe('schedstat');
  });

  it.each([
    ['alone, stopped by the quota for half of the time', { ran: 0.5, waited: 0.5 }, 0.5, 1],
    ['alone, where being stopped does not count as waiting', { ran: 0.5, waited: 0 }, 0.5, 1],
    ['with a neighbour in the same quota', { ran: 0.25, waited: 0.75 }, 0.5, 0.5],
    ['far below its quota', { ran: 0.1, waited: 0 }, 0.5, 1],
    ['on one and a half cores of three that it wants', { ran: 1.5, waited: 1.5 }, 1.5, 1],
  ])('under a quota, which is in cpus and not counted twice: %s', (_, tasks, cpus, share) => {
    const machine = aMachine({ busy: 2 });
    expect(settled({ tasks, machine, cpus }).share).toBeCloseTo(share, 2);
  });

  it.each([
    [
      'nobody else wants the CPU',
      { ran: 0.7, waited: 0 },
      aMachine({ cores: 1, busy: 0.7, stolen: 0.3 }),
      0.7,
    ],
    [
      'its own tasks wait for one another',
      { ran: 0.7, waited: 1 },
      aMachine({ cores: 1, busy: 0.7, stolen: 0.3 }),
      0.7,
    ],
    [
      'a neighbour takes half of the rest',
      { ran: 0.35, waited: 0.5 },
      aMachine({ cores: 1, busy: 0.7, stolen: 0.3 }),
      0.35,
    ],
  ])('takes off once what the hypervisor stole where %s', (_, tasks, machine, share) => {
    expect(settled({ tasks, machine, cpus: 1 }).share).toBeCloseTo(share, 2);
  });

  it('tells which part of the wanted time its tasks waited, own or not', () => {
    expect(settled({ tasks: { ran: 2, waited: 2 }, machine: aMachine({ busy: 2 }) }).queueDelay).toBeCloseTo(
      0.5,
      5,
    );
    expect(settled({ machine: aMachine() }).queueDelay).toBeUndefined();
  });
});

describe('the speed of a core while it works', () => {
  const tasks = { ran: 0.5, waited: 0 };
  it.each([
    ['counts on a busy machine', aMachine({ busy: 2 }), 0.8],
    ['counts half where half is busy', aMachine({ busy: 1 }), 0.9],
    ['does not count on an idle one, which saves power', aMachine(), 1],
    ['counts where nothing else is known', undefined, 0.8],
  ])('%s', (_, machine, share) => {
    expect(settled({ tasks, machine, spin: 0.8 }).share).toBeCloseTo(share, 2);
  });

  it('comes off beside what was stolen', () => {
    const machine = aMachine({ busy: 1.5, stolen: 0.5 });
    expect(settled({ tasks, machine, spin: 0.8 }).share).toBeCloseTo(0.75 * 0.8, 2);
  });
});

describe('the share that the machine tells while the application rests', () => {
  it.each([
    ['idle', aMachine(), 1],
    ['one core busy', aMachine({ busy: 1 }), 1],
    ['both cores busy', aMachine({ busy: 2 }), 2 / 3],
    ['four hogs on two cores', aMachine({ busy: 2, waiting: 2 }), 0.4],
    ['both cores busy, a quarter stolen', aMachine({ busy: 1.5, stolen: 0.5 }), 0.75 * 0.6],
  ])('%s', (_, machine, share) => {
    for (const tasks of [undefined, { ran: 0, waited: 0 }, { ran: 0.004, waited: 0.004 }]) {
      const found = settled({ tasks, machine });
      expect(found.share).toBeCloseTo(share, 2);
      expect(found.from).toBe('machine');
    }
  });

  it('is of the quota where that is less than a core', () => {
    expect(settled({ machine: aMachine({ busy: 2, waiting: 2 }), cpus: 0.5 }).share).toBeCloseTo(0.8, 2);
  });

  it('is 1 where nothing is known', () => {
    expect(settled({})).toEqual({ share: 1, from: 'nominal', queueDelay: undefined });
  });

  it('goes over to the tasks’ own share by the weight of what they did', () => {
    const shares = [0.01, 0.015, 0.02, 0.025, 0.03].map(
      (wanted) =>
        settled({ tasks: { ran: wanted / 4, waited: (wanted * 3) / 4 }, machine: aMachine({ busy: 2 }) })
          .share,
    );
    expect(shares.toSorted((a, b) => b - a)).toEqual(shares);
    expect(shares[0]).toBeCloseTo(2 / 3, 2);
    expect(shares[4]).toBeCloseTo(0.25, 2);
  });
});

describe('smoothing', () => {
  const calm = { millis: 250, cpus: 2, tasks: { ran: 1, waited: 0 }, machine: aMachine({ busy: 1 }) };
  const hogs = { cpus: 2, tasks: { ran: 0.4, waited: 0.6 }, machine: aMachine({ busy: 2 }) };

  it('goes half of the way in 250 ms, however many samples that takes', () => {
    const shareAfter = (millis: number, times: number): number => {
      const live = new LiveShare();
      for (let i = 0; i < 10; i++) live.see(calm);
      let share = 1;
      for (let i = 0; i < times; i++) ({ share } = live.see({ millis, ...hogs }));
      return share;
    };
    expect(shareAfter(250, 1)).toBeCloseTo(0.7, 5);
    expect(shareAfter(50, 5)).toBeCloseTo(0.7, 5);
    expect(shareAfter(500, 1)).toBeCloseTo(shareAfter(250, 2), 5);
    expect(shareAfter(250, 6)).toBeCloseTo(0.41, 2);
  });

  it('believes the first sample', () => {
    expect(new LiveShare().see({ millis: 250, ...hogs }).share).toBeCloseTo(0.4, 5);
  });

  it('takes a quota at once, since nobody has to find it out', () => {
    const live = new LiveShare();
    for (let i = 0; i < 10; i++) live.see(calm);
    const { share } = live.see({ ...calm, cpus: 0.5, tasks: { ran: 0.5, waited: 0.5 } });
    expect(share).toBeGreaterThan(0.95);
  });

  it.each([
    ['more than there is', { ran: 5, waited: -1 }],
    ['nothing obtained', { ran: 0, waited: 1 }],
    ['numbers without end', { ran: 1e300, waited: 1e300 }],
  ])('stays within 0 and 1 for %s', (_, tasks) => {
    const { share } = settled({ tasks, machine: aMachine({ busy: 2 }) });
    expect(share).toBeGreaterThanOrEqual(0);
    expect(share).toBeLessThanOrEqual(1);
  });
});
