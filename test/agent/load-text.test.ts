import { describe, expect, it } from 'vitest';
import { LoadText, loadTextOf } from '../../agent/load-text.ts';
import { Requests } from '../../agent/requests.ts';
import { parseLoadReport } from '../../src/core/orca.ts';
import type { Stats } from '../../src/core/types.ts';

const someText = (machine: () => Stats = () => ({})) => {
  const clock = { now: 0 };
  const requests = new Requests(
    () => clock.now,
    () => undefined,
  );
  const load = new LoadText(requests, machine, () => clock.now);
  const serve = (took: number, how?: 'failed' | 'cut'): void => {
    const end = requests.begin();
    clock.now += took;
    end(how);
  };
  return { clock, requests, load, serve };
};

describe('what an application says with an answer', () => {
  it('is nothing while nothing is known', () => {
    expect(someText().load.text()).toBe('');
  });

  it('is the machine alone where nobody counts requests', () => {
    const { load } = someText(() => ({ arriba: 870.4, cpus: 1.5, cpuIdle: 0.69 }));
    expect(load.text()).toBe('TEXT named_metrics.arriba=870,named_metrics.cpus=1.5,cpu_utilization=0.31');
  });

  it('is what is under way now, the request itself included, and how long one takes at that number', () => {
    const { load, requests, serve, clock } = someText();
    serve(20);
    const end = requests.begin();
    clock.now += 1;
    expect(load.text()).toMatch(/^TEXT named_metrics\.in_flight=1,named_metrics\.lat=40,/);
    end();
    expect(load.text()).toMatch(/^TEXT named_metrics\.in_flight=0,named_metrics\.lat=20,/);
  });

  it.each(['failed', 'cut'] as const)('takes no request that was %s for a fast one', (how) => {
    const { load, requests, serve } = someText();
    serve(20);
    for (let i = 0; i < 20; i++) serve(1, how);
    expect(load.text()).toContain('named_metrics.lat=20,');
    expect(requests.serviceTime).toBe(20);
  });

  it('has the requests and the failures a second, over some seconds', () => {
    const { load, serve } = someText();
    const rates = (): readonly number[] => {
      const { custom } = parseLoadReport('text', load.text()) as Stats;
      return [custom?.['rps_fractional'] ?? Number.NaN, custom?.['eps'] ?? Number.NaN];
    };
    for (let i = 0; i < 1000; i++) {
      serve(20, i % 10 === 0 ? 'failed' : undefined);
      load.text();
    }
    expect(rates()[0]).toBeCloseTo(50, -1);
    expect(rates()[1]).toBeCloseTo(5, 0);
  });

  it('looks at the machine four times a second and no more', () => {
    let looks = 0;
    const { load, clock } = someText(() => ({ cpus: ++looks }));
    for (clock.now = 0; clock.now < 1000; clock.now += 10) load.text();
    expect(looks).toBe(4);
  });

  it('is understood by a proxy', () => {
    const { load, requests } = someText(() => ({ arriba: 870, cpus: 2, cpuIdle: 0.75 }));
    requests.begin();
    const stats = parseLoadReport('text', load.text());
    expect(stats).toMatchObject({ inFlight: 1, arriba: 870, cpus: 2, cpuIdle: 0.75 });
  });
});

it('of a report, says what it knows', () => {
  expect(loadTextOf({})).toBe('');
  expect(loadTextOf({ load1: 3, inFlight: 7, serviceTime: 12.345, cpus: 4 })).toBe(
    'TEXT named_metrics.in_flight=7,named_metrics.lat=12.3,named_metrics.cpus=4',
  );
});
