import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isRefusedLoad,
  type LoadReportFormat,
  MAX_LOAD_REPORT,
  parseLoadReport,
} from '../../src/core/orca.ts';
import { checkReport, isRefusal } from '../../src/core/report.ts';
import { aLoadMessage, base64, double, entry, inBase64 } from './load-message.ts';

const named = (metrics: object): string => JSON.stringify({ named_metrics: metrics });

const many = (count: number): string =>
  Array.from({ length: count }, (_, i) => `named_metrics.m${i}=1`).join();

describe('a load report as text', () => {
  it.each([
    ['cpu_utilization:0.3', { cpuIdle: 0.7 }],
    ['cpu_utilization=1.5', { cpuIdle: 0 }],
    ['mem_utilization:0.25', { custom: { mem_utilization: 0.25 } }],
    [
      'application_utilization:0.5,rps_fractional:120,eps:0',
      { custom: { application_utilization: 0.5, rps_fractional: 120, eps: 0 } },
    ],
    ['utilization.disk:0.1', { custom: { 'utilization.disk': 0.1 } }],
    ['named_metrics.foo:0.1', { custom: { foo: 0.1 } }],
    ['named_metrics.foo: 1e-05 ,\tnamed_metrics.bar = 2.', { custom: { foo: 1e-5, bar: 2 } }],
    ['named_metrics.vllm:queue=3', { custom: { 'vllm:queue': 3 } }],
    ['', {}],
    [',,', {}],
    ['rps:5,something=else', {}],
    ['request_cost.cpu_ms:300', { custom: { 'request_cost.cpu_ms': 300 } }],
    [
      'TEXT named_metrics.kv_cache_usage_perc=0.4, named_metrics.num_requests_waiting=2.0',
      { inFlight: 2, custom: { kv_cache_usage_perc: 0.4, num_requests_waiting: 2 } },
    ],
    ['TEXT', {}],
    ['JSON {"cpu_utilization": 0.25}', { cpuIdle: 0.75 }],
    ['json {"named_metrics": {"lat": 12}}', { serviceTime: 12, custom: { lat: 12 } }],
  ] as const)('%s', (text, stats) => {
    expect(parseLoadReport('text', text)).toEqual(stats);
  });

  it.each([
    ['named_metrics.in_flight=4,named_metrics.rif=9', 4],
    ['named_metrics.inflight=5', 5],
    ['named_metrics.rif=6,named_metrics.num_requests_running=1', 6],
    ['named_metrics.requests_in_flight=7', 7],
    ['named_metrics.num_requests_running=3,named_metrics.num_requests_waiting=8', 11],
    ['named_metrics.num_requests_running=3', 3],
    ['utilization.rif=1', undefined],
  ])('finds the requests in flight: %s', (text, inFlight) => {
    expect(parseLoadReport('text', text)).toHaveProperty('custom');
    expect(parseLoadReport('text', text)).toEqual(
      inFlight === undefined
        ? expect.not.objectContaining({ inFlight: 0 })
        : expect.objectContaining({ inFlight }),
    );
  });

  it.each([
    ['named_metrics.latency_ms=8', 8],
    ['named_metrics.lat=7,named_metrics.latency_ms=8', 7],
  ])('finds how long a request takes: %s', (text, serviceTime) => {
    expect(parseLoadReport('text', text)).toMatchObject({ serviceTime });
  });

  it('finds the speed and the cores of the machine, as our own agent library says them', () => {
    const text = 'TEXT named_metrics.in_flight=3,named_metrics.arriba=870,named_metrics.cpus=1.5';
    expect(parseLoadReport('text', text)).toMatchObject({ inFlight: 3, arriba: 870, cpus: 1.5 });
  });

  it.each([
    ['named_metrics.arriba=0.9', 'number'],
    ['named_metrics.arriba=1000001', 'number'],
    ['named_metrics.cpus=0', 'number'],
    ['named_metrics.cpus=65537', 'number'],
    ['cpu_utilization:nan', 'malformed'],
    ['cpu_utilization:inf', 'malformed'],
    ['cpu_utilization:Infinity', 'malformed'],
    ['cpu_utilization:1e999', 'malformed'],
    ['cpu_utilization:-0.1', 'malformed'],
    ['cpu_utilization:', 'malformed'],
    ['cpu_utilization:0x10', 'malformed'],
    ['cpu_utilization:0.1 0.2', 'malformed'],
    ['cpu_utilization:0.1,cpu_utilization:0.1', 'malformed'],
    ['cpu_utilization', 'malformed'],
    [':0.3', 'malformed'],
    ['named_metrics.:0.3', 'malformed'],
    ['named_metrics.__proto__=1', 'malformed'],
    ['named_metrics.a b=1', 'malformed'],
    [`named_metrics.${'x'.repeat(129)}=1`, 'malformed'],
    [`named_metrics.x=${'1'.repeat(65)}`, 'malformed'],
    ['named_metrics.x=1e16', 'number'],
    ['named_metrics.rif=1e8', 'number'],
    ['named_metrics.lat=1e9', 'number'],
    [many(65), 'malformed'],
    [`named_metrics.x=${' '.repeat(MAX_LOAD_REPORT)}1`, 'too_large'],
    ['JSON named_metrics.x=1', 'malformed'],
    ['BIN not base64', 'malformed'],
  ])('is refused: %#: %s', (text, code) => {
    expect(parseLoadReport('text', text)).toMatchObject({ code, message: expect.any(String) });
  });

  it('may have 64 metrics', () => {
    const stats = parseLoadReport('text', many(64));
    expect(isRefusedLoad(stats) || Object.keys(stats.custom ?? {})).toHaveLength(64);
  });
});

describe('a load report as JSON', () => {
  it.each([
    ['{}', {}],
    [
      '{"cpu_utilization":0.25,"namedMetrics":{"x":"2.5"},"unknown":{"a":[]}}',
      { cpuIdle: 0.75, custom: { x: 2.5 } },
    ],
    [
      '{"cpuUtilization":1,"memUtilization":0.5,"applicationUtilization":0.25,"rpsFractional":9,"eps":1}',
      {
        cpuIdle: 0,
        custom: { mem_utilization: 0.5, application_utilization: 0.25, rps_fractional: 9, eps: 1 },
      },
    ],
    ['{"utilization":{"disk":0.5},"eps":null,"rps":"7"}', { custom: { 'utilization.disk': 0.5 } }],
    ['{"cpu_utilization":-0}', { cpuIdle: 1 }],
    ['{"requestCost":{"cpu_ms":300}}', { custom: { 'request_cost.cpu_ms': 300 } }],
    [named({ num_requests_running: 2, num_requests_waiting: 1 }), { inFlight: 3 }],
    ['TEXT cpu_utilization=0.5', { cpuIdle: 0.5 }],
  ])('%s', (text, stats) => {
    expect(parseLoadReport('json', text)).toMatchObject(stats);
  });

  it.each([
    '',
    'null',
    '[]',
    '0.5',
    '{',
    '{"cpu_utilization":"NaN"}',
    '{"cpu_utilization":1e999}',
    '{"cpu_utilization":-1}',
    '{"cpu_utilization":[0.5]}',
    '{"named_metrics":0.5}',
    '{"named_metrics":[0.5]}',
    named({ x: 'Infinity' }),
    named({ x: {} }),
    named({ '': 1 }),
    '{"named_metrics":{"__proto__":1}}',
    '{"toString":1,"constructor":2,"named_metrics":{"é":1}}',
  ])('is refused: %s', (text) => {
    expect(parseLoadReport('json', text)).toMatchObject({ code: 'malformed' });
  });
});

describe('a load report as protobuf', () => {
  it('has every metric that becomes something', () => {
    const text = aLoadMessage({
      cpu_utilization: 0.25,
      mem_utilization: 0.5,
      application_utilization: 0.75,
      rps_fractional: 12.5,
      eps: 2,
      utilization: { disk: 0.125 },
      named_metrics: { rif: 7, lat: 3 },
    });
    expect(parseLoadReport('binary', text)).toEqual({
      cpuIdle: 0.75,
      inFlight: 7,
      serviceTime: 3,
      custom: {
        mem_utilization: 0.5,
        application_utilization: 0.75,
        rps_fractional: 12.5,
        eps: 2,
        'utilization.disk': 0.125,
        rif: 7,
        lat: 3,
      },
    });
  });

  it.each([
    ['nothing', '', {}],
    ['what gRPC sends: without padding', inBase64(double(1, 0.5)).replace(/=/g, ''), { cpuIdle: 0.5 }],
    ['a prefix', `BIN ${inBase64(double(1, 0.5))}`, { cpuIdle: 0.5 }],
    ['the last of two', inBase64(double(1, 0.5), double(1, 0.25)), { cpuIdle: 0.75 }],
    ['an entry without a value', inBase64(entry(8, 'x', undefined)), { custom: { x: 0 } }],
    [
      'what a request has cost, beside rps',
      inBase64(base64('GKwC'), entry(4, 'bytes', 9), double(7, 1)),
      { custom: { 'request_cost.bytes': 9, eps: 1 } },
    ],
    ['a field of every other wire type', inBase64(base64('eAF9AAAAAIIBAWE='), double(1, 0)), { cpuIdle: 1 }],
  ] as const)('may be %s', (_, text, stats) => {
    expect(parseLoadReport('binary', text)).toEqual(stats);
  });

  it.each([
    ['not base64', 'a*b='],
    ['a list of two', `${inBase64(double(1, 0.5))},${inBase64(double(1, 0.5))}`],
    ['cut in a number', inBase64(double(1, 0.5).subarray(0, 5))],
    ['cut in an entry', inBase64(entry(8, 'x', 1).subarray(0, 6))],
    ['a length beyond the end', inBase64(base64('Qv8='))],
    ['a number without an end', inBase64(Buffer.from([0x18, ...Array(11).fill(0xff), 1]))],
    ['a group', inBase64(base64('Cww='))],
    ['NaN', inBase64(double(1, Number.NaN))],
    ['infinite', inBase64(double(1, Number.POSITIVE_INFINITY))],
    ['negative', inBase64(double(9, -0.1))],
    ['NaN in a map', inBase64(entry(5, 'x', Number.NaN))],
    ['an entry without a name', inBase64(entry(8, '', 1))],
    ['an entry with an odd name', inBase64(entry(8, 'a\n', 1))],
  ])('is refused: %s', (_, text) => {
    expect(parseLoadReport('binary', text)).toMatchObject({ code: 'malformed' });
  });
});

describe('any load report', () => {
  const isFine = (format: LoadReportFormat, text: string): void => {
    const result = parseLoadReport(format, text);
    if (isRefusedLoad(result)) {
      expect(result.message.length).toBeLessThan(400);
      return;
    }
    const report = { v: 1, node: 'n', boot: 'b', seq: 1, stats: result, servers: [] };
    expect(isRefusal(checkReport(report))).toBe(false);
    for (const value of Object.values(result.custom ?? {})) expect(value).toBeGreaterThanOrEqual(0);
    expect(Object.isFrozen(result)).toBe(true);
  };
  const formats = fc.constantFrom<LoadReportFormat>('text', 'json', 'binary', 'several');
  const words = fc.constantFrom(
    ...'cpu_utilization mem_utilization named_metrics. utilization. rif lat eps : = , . - + e 0 1 9 nan inf TEXT JSON BIN { } " __proto__'.split(
      ' ',
    ),
    ' ',
  );

  it('gives stats within their ranges or a refusal, and never throws', () => {
    fc.assert(fc.property(formats, fc.string({ unit: 'binary', maxLength: 300 }), isFine), { numRuns: 2000 });
    fc.assert(
      fc.property(
        formats,
        fc.array(words).map((all) => all.join('')),
        isFine,
      ),
      { numRuns: 5000 },
    );
    fc.assert(
      fc.property(fc.json(), (text) => isFine('json', text)),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.double(), fc.string())), (metrics) =>
        isFine('json', named(metrics)),
      ),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) =>
        isFine('binary', Buffer.from(bytes).toString('base64')),
      ),
      { numRuns: 5000 },
    );
  });

  it('that was sound survives any change of one byte', () => {
    const sound = Buffer.from(
      aLoadMessage({
        cpu_utilization: 0.5,
        eps: 1,
        utilization: { a: 1 },
        named_metrics: { rif: 3, b: 0.5 },
      }),
      'base64',
    );
    for (let at = 0; at < sound.length; at++)
      for (let byte = 0; byte < 256; byte++) {
        const changed = Buffer.from(sound);
        changed[at] = byte;
        isFine('binary', changed.toString('base64'));
      }
  });

  it('is refused where there are several', () => {
    expect(parseLoadReport('several', 'TEXT cpu_utilization=0.5')).toMatchObject({ code: 'malformed' });
  });
});
