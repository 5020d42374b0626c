import { expect, it } from 'vitest';
import { mediansOf, overheadReport, type Sample } from '../../../bench/parts/overhead-report.ts';

const samples = (scenario: string, costs: Readonly<Record<string, readonly number[]>>): readonly Sample[] =>
  Object.entries(costs).flatMap(([proxy, values]) =>
    values.map((cpuPerRequest) => ({ scenario, proxy, cpuPerRequest })),
  );

const SAMPLES = [
  ...samples('get1k', { forehand_raw: [11, 10, 12.5], haproxy: [10, 10.004, 20], http_proxy: [50, 49, 51] }),
  ...samples('get64k', { forehand_raw: [18, 18, 18], haproxy: [30, 31, 29], http_proxy: [60, 50, 40] }),
];

it('gives the median of each proxy in each scenario', () => {
  expect(mediansOf(SAMPLES)).toEqual({
    get1k: { forehand_raw: 11, haproxy: 10, http_proxy: 50 },
    get64k: { forehand_raw: 18, haproxy: 30, http_proxy: 50 },
  });
});

it('says which bars were met and which were missed, for the proxies that were measured', () => {
  const report = overheadReport(SAMPLES);
  expect(report).toMatch(/^get1k +11\.00 \(10\.0-12\.5\)/m);
  expect(report).toMatch(/^forehand_raw \/ haproxy +1\.10 > {2}1 MISSED +0\.60 <= 1$/m);
  expect(report).toMatch(/^forehand_raw \/ http_proxy +0\.22 <= 0\.3 +0\.36 <= 0\.4$/m);
  expect(report).not.toContain('nginx');
});
