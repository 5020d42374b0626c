import { describe, expect, it } from 'vitest';
import { numbersInPrometheus } from '../../../agent/scrape/prometheus-numbers.ts';
import { readMetrics } from '../../../agent/scrape/wanted.ts';

const read = (text: string, where: string): unknown =>
  numbersInPrometheus(text, readMetrics({ it: where })).get('custom.it');

const PAGE = `# HELP jobs waiting
# TYPE jobs gauge
jobs{queue="mail",host="a"} 4
jobs{queue="mail",host="b"} 5 1700000000000
jobs{queue="print",host="a"} 100
jobs_total{queue="mail"} 1000
http_requests_in_flight 6
	jobs{queue="mail"} 7000
`;

describe('a series of Prometheus', () => {
  it.each([
    ['http_requests_in_flight', 6],
    ['jobs{queue="mail"}', 9],
    ['jobs{host="b",queue="mail"}', 5],
    ['jobs', 109],
    ['jobs{queue="nobody"}', undefined],
    ['job', undefined],
    ['http_requests', undefined],
    ['HELP', undefined],
  ])('%s is %j: all that have its labels are summed', (where, value) => {
    expect(read(PAGE, where)).toBe(value);
  });

  it.each([
    ['it 1', 1],
    ['it\t-2.5e-3', -0.0025],
    ['it  .5  ', 0.5],
    ['it +7\r', 7],
    ['it{} 1', 1],
    ['it{a="}",b="\\"{"} 2', 2],
    ['it{a="x",} 3', 3],
    ['it 4 1700000000.5 # {trace="x"} 1', 4],
    ['it{a="x"} 5 # {trace_id="y"} 0.5', 5],
    ['it NaN', undefined],
    ['it +Inf', undefined],
    ['it -Inf', undefined],
    ['it 1e999', undefined],
    ['it 0x10', undefined],
    ['it 1-2', undefined],
    ['it', undefined],
    ['it ', undefined],
    ['it{a="x" 5', undefined],
    ['it{a="x', undefined],
    ['it{a=x} 5', undefined],
    [' it 5', undefined],
    ['', undefined],
  ])('on the line %j is %j', (line, value) => {
    expect(read(line, 'it')).toBe(value);
    expect(read(`other 1\n${line}\nmore 2\n`, 'it')).toBe(value);
  });

  it('that is no number on one line is summed without it', () => {
    expect(read('it{a="1"} NaN\nit{a="2"} 3\n', 'it')).toBe(3);
  });

  it('on very many lines is refused, not summed in part', () => {
    const lines = (count: number): string => 'it{a="b"} 1\n'.repeat(count);
    expect(read(lines(1000), 'it')).toBe(1000);
    expect(() => read(lines(1001), 'it')).toThrow('it: more than 1000 lines');
  });
});

/** Best of several: what disturbs can only make it longer. */
const bestMillis = (run: () => void): number =>
  Math.min(
    ...Array.from({ length: 5 }, () => {
      const started = performance.now();
      run();
      return performance.now() - started;
    }),
  );

it.each([
  [
    'other lines',
    `${'http_request_duration_seconds_bucket{le="0.1",path="/x"} 17\n'.repeat(17_000)}jobs 5\n`,
  ],
  ['lines that begin alike', `${'jobs_of_somebody_else{le="0.1"} 17\n'.repeat(29_000)}jobs 5\n`],
  ['blanks', `${' '.repeat(1e6)}\njobs 5\n`],
  ['a line without end', `jobs 5\njobs{a="${'\\"'.repeat(5e5)}`],
  ['labels without end', `jobs 5\njobs{${'a="b",'.repeat(170_000)}`],
  ['blanks in labels', `jobs 5\njobs{${' '.repeat(1e6)}x`],
])('a megabyte of %s costs milliseconds', (_, page) => {
  const wanted = readMetrics({ a: 'jobs', b: 'jobs{queue="mail"}' });
  expect(numbersInPrometheus(page, wanted).get('custom.a')).toBe(5);
  expect(bestMillis(() => numbersInPrometheus(page, wanted))).toBeLessThan(50);
});
