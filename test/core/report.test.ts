import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkReport,
  decodeReport,
  encodeReport,
  isRefusal,
  joinStats,
  MAX_REPORT_BYTES,
  type Report,
} from '../../src/core/report.ts';
import type { Stats } from '../../src/core/types.ts';

const whole: Report = {
  v: 1,
  node: 'web-1.example.com',
  boot: '5f3a9c',
  seq: 7,
  stats: {
    load1: 0.5,
    loadHighWater: 4,
    cpuIdle: 0.75,
    cpus: 3.5,
    memoryTotal: 8e9,
    memoryAvailable: 4e9,
    arriba: 950,
    arribaNominal: 1000,
    pressure: { cpu: 0.1, io: 0 },
    throttled: 0,
    slots: { total: 10, available: 4 },
    custom: { queue: -3 },
  },
  servers: [
    { url: 'http://10.0.0.1:80', pool: 'web', tags: ['eu', 'ssd'], stats: { inFlight: 3, serviceTime: 20 } },
    { url: 'http://10.0.0.1:81' },
  ],
};

const refusalOf = (value: unknown): string => {
  const answer = checkReport(value);
  return isRefusal(answer) ? `${answer.code}: ${answer.message}` : 'taken';
};

describe('checkReport', () => {
  it('takes a whole report, and keeps fields that it does not know', () => {
    const later = {
      ...whole,
      later: { deep: [1] },
      stats: { ...whole.stats, toString: 'x', gpu: { free: 1 } },
    };
    expect(checkReport(whole)).toBe(whole);
    expect(checkReport(later)).toBe(later);
  });

  it.each([
    [null, 'malformed: expected a JSON object'],
    [[], 'malformed: expected a JSON object'],
    ['{}', 'malformed: expected a JSON object'],
    [{ ...whole, v: 2 }, 'version: report version 2 is not understood; this proxy speaks version 1'],
    [{ ...whole, v: '1' }, 'version: report version "1" is not understood; this proxy speaks version 1'],
    [{ ...whole, node: '' }, 'malformed: node: expected a name of at most 128 plain characters'],
    [{ ...whole, node: '<img>' }, 'malformed: node: expected a name of at most 128 plain characters'],
    [{ ...whole, boot: 'x'.repeat(129) }, 'malformed: boot: expected an id of at most 128 plain characters'],
    [{ ...whole, seq: -1 }, 'malformed: seq: expected a whole number from 0'],
    [{ ...whole, seq: 1.5 }, 'malformed: seq: expected a whole number from 0'],
    [{ ...whole, seq: 2 ** 53 }, 'malformed: seq: expected a whole number from 0'],
    [{ ...whole, stats: null }, 'malformed: stats: expected an object'],
    [{ ...whole, stats: [] }, 'malformed: stats: expected an object'],
    [{ ...whole, servers: {} }, 'malformed: servers: expected a list'],
    [{ ...whole, servers: new Array(257).fill(whole.servers[0]) }, 'too_large: servers: more than 256'],
    [{ ...whole, servers: [null] }, 'malformed: servers[0]: expected an object'],
    [{ ...whole, servers: [{ url: 'x' }] }, 'malformed: servers[0].url: expected http://host:port, got "x"'],
    [
      { ...whole, servers: [{ url: {} }] },
      'malformed: servers[0].url: expected http://host:port, got an object',
    ],
    [{ ...whole, servers: [{ url: 'http://a', pool: '' }] }, 'malformed: servers[0].pool: not a name'],
    [
      { ...whole, servers: [{ url: 'http://a', tags: 'eu' }] },
      'malformed: servers[0].tags: expected at most 32 names',
    ],
    [
      { ...whole, servers: [{ url: 'http://a', tags: new Array(33).fill('a') }] },
      'malformed: servers[0].tags: expected at most 32 names',
    ],
    [
      { ...whole, servers: [whole.servers[0], { url: 'http://a', stats: { load1: 'low' } }] },
      'number: servers[1].stats.load1: expected a number from 0 to 1000000, got "low"',
    ],
    [{ ...whole, stats: { custom: [] } }, 'malformed: stats.custom: expected an object of numbers'],
    [
      { ...whole, stats: { custom: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`n${i}`, 1])) } },
      'too_large: stats.custom: more than 64 numbers',
    ],
    [
      { ...whole, stats: { custom: { 'a b': 1 } } },
      'malformed: stats.custom: a name longer than 128 or with odd characters',
    ],
    [
      { ...whole, stats: { custom: { a: 1e300 } } },
      'number: stats.custom.a: expected a number from -1000000000000000 to 1000000000000000, got 1e+300',
    ],
    [{ ...whole, stats: { pressure: 1 } }, 'malformed: stats.pressure: expected an object'],
    [
      { ...whole, stats: { pressure: { cpu: 2 } } },
      'number: stats.pressure.cpu: expected a number from 0 to 1, got 2',
    ],
    [
      { ...whole, stats: { slots: { total: 1 } } },
      'number: stats.slots.available: expected a number from 0 to 10000000, got undefined',
    ],
  ])('says what is wrong (%#)', (value, refusal) => {
    expect(refusalOf(value)).toBe(refusal);
  });

  const numbers = [
    'load1',
    'cpuIdle',
    'cpus',
    'memoryTotal',
    'arriba',
    'throttled',
    'inFlight',
    'serviceTime',
  ];
  const odd = [
    Number.NaN,
    -1,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    1e308,
    '1',
    null,
    {},
    [1],
    1n,
    true,
  ];
  it.each(numbers)('refuses every %s that is no number of this world', (name) => {
    for (const value of odd) {
      expect(refusalOf({ ...whole, stats: { [name]: value } })).toMatch(
        /^number: stats\.\w+: expected a number/,
      );
      const servers = [{ url: 'http://a', stats: { [name]: value } }];
      expect(refusalOf({ ...whole, servers })).toMatch(
        /^number: servers\[0\]\.stats\.\w+: expected a number/,
      );
    }
  });

  it('takes the names that every object has for unknown fields, not for rules', () => {
    for (const name of ['constructor', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'])
      expect(refusalOf({ ...whole, stats: { [name]: 5 } })).toBe('taken');
  });
});

describe('decodeReport', () => {
  it('reads back what encodeReport writes', () => {
    expect(decodeReport(encodeReport(whole))).toEqual(whole);
  });

  it.each([
    ['{"v":1', /^malformed: not JSON/],
    ['', /^malformed: not JSON/],
    [`{"v":1,"x":"${'x'.repeat(MAX_REPORT_BYTES)}"}`, /^too_large: more than 65536 bytes/],
    [`{"v":1,"x":"${'\u00e9'.repeat(MAX_REPORT_BYTES / 2)}"}`, /^too_large: more than 65536 bytes/],
    ['['.repeat(60_000), /^malformed: not JSON/],
    [`{"v":1,"x":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, /^malformed: nested deeper than 8 levels/],
    [`{"v":1,"x":${'{"a":'.repeat(9)}1${'}'.repeat(9)}}`, /^malformed: nested deeper than 8 levels/],
    ['{"v":1,"__proto__":{"node":"x"}}', /^malformed: a field must not be named __proto__/],
    ['{"v":1,"stats":{"custom":{"__proto__":1}}}', /^malformed: a field must not be named __proto__/],
    ['{"v":1,"servers":[{"later":{"__proto__":[]}}]}', /^malformed: a field must not be named __proto__/],
    [encodeReport(whole).replace('0.5', '1e999'), /^number: stats\.load1: expected .* got Infinity/],
    [encodeReport(whole).replace('0.5', '-1e999'), /^number: stats\.load1: expected .* got -Infinity/],
  ])('refuses (%#)', (text, refusal) => {
    const answer = decodeReport(text);
    expect(isRefusal(answer) && `${answer.code}: ${answer.message}`).toMatch(refusal);
  });
});

const isNumber = (value: unknown, low: number, high: number): boolean =>
  value === undefined || (typeof value === 'number' && value >= low && value <= high);

/** What the types promise of stats, checked by other code than the one under test. */
const isSound = (stats: Stats): boolean => {
  const { cpuIdle, throttled, pressure, slots, custom, ...rest } = stats;
  const { load1, loadHighWater, cpus, memoryTotal, memoryAvailable, arriba, inFlight, serviceTime } = rest;
  const counts = [load1, loadHighWater, cpus, memoryTotal, memoryAvailable, arriba, inFlight, serviceTime];
  return (
    counts.every((value) => isNumber(value, 0, 2 ** 53)) &&
    [cpuIdle, throttled, pressure?.cpu, pressure?.memory, pressure?.io].every((part) =>
      isNumber(part, 0, 1),
    ) &&
    (slots === undefined || (isNumber(slots.total, 0, 1e7) && isNumber(slots.available, 0, 1e7))) &&
    Object.values(custom ?? {}).every((value) => isNumber(value, -1e15, 1e15))
  );
};

const ODD_JSON = [
  '1e999',
  '-1e999',
  '-1',
  '1e308',
  'null',
  'true',
  '[]',
  '{}',
  '""',
  '"NaN"',
  '"__proto__"',
  '{"__proto__":{"polluted":1}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '{"length":1e9}',
  '"http://10.0.0.1:80/x"',
  `"${'x'.repeat(600)}"`,
];

/** One place in the text of a report takes another value or another name, or characters get lost. */
const mutation = fc.record({
  at: fc.noBias(fc.nat(9999)),
  kind: fc.constantFrom('value', 'value', 'name', 'cut', 'insert'),
  json: fc.oneof(
    fc.constantFrom(...ODD_JSON),
    fc.json({ maxDepth: 4 }),
    fc.double({ min: 0, max: 1, noNaN: true }).map(String),
  ),
  name: fc.constantFrom('__proto__', 'constructor', 'toString', 'load1', 'custom', 'servers', 'v', 'stats'),
});

type Mutation = typeof mutation extends fc.Arbitrary<infer Value> ? Value : never;

const mutate = (text: string, { at, kind, json, name }: Mutation): string => {
  const spots = [...text.matchAll(kind === 'name' ? /"[^"]*":/g : /(?<=[:[,])("[^"]*"|-?[\d.e+]+)/g)];
  const place = at % text.length;
  const spot = spots[at % spots.length];
  if (kind === 'cut') return text.slice(0, place) + text.slice(place + 1);
  if (kind === 'insert' || !spot) return text.slice(0, place) + json + text.slice(place);
  const put = kind === 'name' ? `"${name}":` : json;
  return text.slice(0, spot.index) + put + text.slice(spot.index + spot[0].length);
};

describe('a report that somebody changed', () => {
  it('is sound or is refused, and never throws', () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 2 }), (mutations) => {
        const answer = decodeReport(mutations.reduce(mutate, encodeReport(whole)));
        if (isRefusal(answer)) {
          expect(answer.message.length).toBeLessThan(300);
          return;
        }
        taken += 1;
        expect(typeof encodeReport(answer)).toBe('string');
        expect(isSound(answer.stats)).toBe(true);
        for (const { stats } of answer.servers) expect(isSound(joinStats(answer.stats, stats))).toBe(true);
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      }),
      { numRuns: 3000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  it('is refused or taken without a throw whatever it is', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true }),
        (value) => {
          for (const report of [value, { ...whole, stats: value }, { ...whole, servers: [value] }]) {
            const answer = checkReport(report);
            expect(isRefusal(answer) || answer === report).toBe(true);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('joinStats', () => {
  it("lays a server's numbers over its node's, groups field by field", () => {
    const node = { load1: 1, cpus: 4, pressure: { cpu: 0.1, io: 0.2 }, custom: { a: 1, b: 2 } };
    const server = { load1: 2, pressure: { io: 0.3 }, custom: { b: 3 }, slots: { total: 2, available: 1 } };
    expect(joinStats(node, server)).toEqual({
      load1: 2,
      cpus: 4,
      pressure: { cpu: 0.1, io: 0.3 },
      custom: { a: 1, b: 3 },
      slots: { total: 2, available: 1 },
    });
    expect(joinStats(node, undefined)).toEqual(node);
  });

  it('gives a frozen copy, so that no function changes what was heard and no agent is frozen', () => {
    const node = { load1: 1, custom: { a: 1 }, slots: { total: 2, available: 1 } };
    const joined = joinStats(node, undefined);
    for (const part of [joined, joined.custom, joined.slots]) expect(Object.isFrozen(part)).toBe(true);
    for (const part of [node, node.custom, node.slots]) expect(Object.isFrozen(part)).toBe(false);
  });
});
