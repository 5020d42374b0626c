import { describe, expect, it } from 'vitest';
import type { ServerRecord } from '../../src/core/server-record.ts';
import { EventDecoder } from '../../src/recording/decode-events.ts';
import { EventBytes } from '../../src/recording/event-bytes.ts';
import { EventReader } from '../../src/recording/event-reader.ts';
import { PoolRecorder } from '../../src/recording/pool-recorder.ts';
import { writeStats, writeValue } from '../../src/recording/write-value.ts';

const TEXTS = 400_000;
/** With room for so many bytes of events. */
const aChunk = (size: number): EventBytes => new EventBytes(Buffer.alloc(size + TEXTS), TEXTS);

const written = (write: (bytes: EventBytes) => void, size = 100_000): EventReader => {
  const bytes = aChunk(size);
  write(bytes);
  expect(bytes.isFull || bytes.texts.isFull).toBe(false);
  return EventReader.of(bytes.content());
};

describe('what is written', () => {
  it.each([
    [''],
    ['/a'],
    ['a'.repeat(252)],
    ['a'.repeat(253)],
    ['\u00ff'.repeat(300)],
    ['caf\u00e9 \u20ac'],
    ['\ud83d\ude00 half \ud83d'],
    ['x'.repeat(40_000)],
    [undefined],
  ])('a text comes back as it was (%#)', (text) => {
    const reader = written((bytes) => {
      bytes.text(text);
      bytes.u8(7);
    });
    expect(reader.text()).toBe(text);
    expect(reader.u8()).toBe(7);
    expect(reader.isAtEnd).toBe(true);
  });

  it.each([
    [undefined],
    [null],
    [true],
    [false],
    [0.1 + 0.2],
    [Number.NEGATIVE_INFINITY],
    [-0],
    [[]],
    [{}],
    [[1, [2, ['three']], { four: 4 }]],
    [{ load1: 1.5, custom: { 'own.name': 3, inFlight: null }, tags: ['a'], unheard_of: { of: [undefined] } }],
  ])('a value comes back as it was (%#)', (value) => {
    expect(written((bytes) => writeValue(bytes, value)).value()).toEqual(value);
  });

  it('a name that means something to objects is one like others', () => {
    const value: unknown = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2}');
    const back = written((bytes) => writeValue(bytes, value)).value();
    expect(back).toEqual(value);
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
  });

  it.each([
    ['a long text', (bytes: EventBytes) => bytes.text('x'.repeat(2000))],
    ['a wide text', (bytes: EventBytes) => bytes.text('\u20ac'.repeat(600))],
    [
      'a long list',
      (bytes: EventBytes) =>
        writeValue(
          bytes,
          Array.from({ length: 500 }, () => 'some'),
        ),
    ],
    [
      'many names',
      (bytes: EventBytes) =>
        writeValue(bytes, Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`n${i}`, i]))),
    ],
    [
      'something that holds itself',
      (bytes: EventBytes) => {
        const ring: unknown[] = [];
        ring.push(ring, ring);
        writeValue(bytes, ring);
      },
    ],
  ])('%s that does not fit is told, and breaks nothing', (_, write) => {
    const bytes = aChunk(1000);
    expect(() => write(bytes)).not.toThrow();
    expect(bytes.isFull).toBe(true);
    expect(bytes.at).toBeLessThanOrEqual(1000);
  });
});

describe('stats', () => {
  it.each([
    [{}],
    [{ inFlight: 3 }],
    [{ load1: 0, arriba: 1200.5, cpus: 2, throttled: 1 }],
    [{ inFlight: 3, custom: { x: 1 } }],
    [{ inFlight: 3, arribaFrom: 'steal', pressure: { cpu: 0.5 } }],
    [{ unheardOf: 1 }],
    [Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`field${i}`, i]))],
  ])('come back as they were (%#)', (stats) => {
    const reader = written((bytes) => {
      writeStats(bytes, stats);
      bytes.u8(9);
    });
    expect(reader.value()).toEqual(stats);
    expect(reader.u8()).toBe(9);
  });
});

describe('a text that comes late', () => {
  it.each([
    ['none', []],
    ['absent and empty ones', [undefined, '', undefined]],
    ['short ones', ['/a', 'x'.repeat(252), 'x'.repeat(253)]],
    [
      'those of a peer that says anything',
      ['caf\u00e9', '\ud83d', '\u20ac'.repeat(3000), '\ud83d\ude00', '\0'],
    ],
    ['many', Array.from({ length: 3000 }, (_, i) => `/products/${i}${i % 700 === 0 ? '\u00ff' : ''}`)],
  ])('comes back as it was: %s', (_, texts) => {
    const reader = written((bytes) => {
      for (const text of texts) bytes.late(text);
    });
    expect(texts.map(() => reader.late())).toEqual(texts);
    expect(() => reader.late()).toThrow(RangeError);
  });
});

describe('a time', () => {
  it.each([
    [[3_600_000, 3_600_000, 3_600_000.1 + 0.2, 3_600_001, 3_599_999.7, 1e300, -1, 0, -0, 5]],
    [[Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.MIN_VALUE, 0]],
  ])('comes back to the digit (%#)', (times) => {
    const seen: number[] = [];
    const bytes = aChunk(1000);
    const recorder = new PoolRecorder(
      { start: () => true, end() {}, bytes, markBegun: () => false } as never,
      3,
    );
    for (const now of times) recorder.begun({ number: 70_000 } as ServerRecord, now);
    const facts = { headers: [], cookies: [], decisions: 0, chains: [], pools: [] };
    const pools = { begun: (_pool: number, _server: number, now: number) => seen.push(now) };
    new EventDecoder(pools as never, {} as never, facts).decode(bytes.content());
    expect(seen).toHaveLength(times.length);
    for (const [i, time] of times.entries()) expect(seen[i]).toBe(time);
  });
});

describe('what nobody wrote', () => {
  it.each([
    ['nothing', []],
    ['a text that is longer than what holds it', [5, 100, 97, 97]],
    ['a list that is longer than what holds it', [6, 255, 255, 255, 255]],
    ['an unknown kind', [99]],
    ['an unknown name', [7, 1, 0, 62, 1]],
    ['half a number', [4, 1, 2]],
  ])('is a RangeError: %s', (_, bytes) => {
    expect(() => new EventReader(Buffer.from(bytes)).value()).toThrow(RangeError);
  });
});
