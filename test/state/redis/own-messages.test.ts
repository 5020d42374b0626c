import { describe, expect, it } from 'vitest';
import { OwnMessages } from '../../../src/state/redis/own-messages.ts';
import { aClock } from '../support.ts';

const aProxy = (tokens: readonly string[], clock = aClock(), loopback = false) =>
  new OwnMessages({ tokens, loopback, clock });
const read = (reader: OwnMessages, text: string, lasting = false) =>
  reader.open(Buffer.from(text), { lasting });

describe('what proxies tell each other', () => {
  it('is read by those that have the token', () => {
    const text = aProxy(['a', 'b']).seal({ x: 1 });
    expect(read(aProxy(['b', 'a']), text)).toEqual({ said: { x: 1 } });
    expect(read(aProxy(['b']), text).refusal?.code).toBe('signature');
  });

  it('is refused when it is old, unless it is meant to last', () => {
    const clock = aClock();
    const text = aProxy(['a'], clock).seal({ x: 1 });
    clock.turn(3_600_000);
    expect(read(aProxy(['a'], clock), text).refusal?.code).toBe('clock');
    expect(read(aProxy(['a'], clock), text, true)).toEqual({ said: { x: 1 } });
  });

  it('is not refused for its age alone when the signature is wrong', () => {
    const text = aProxy(['a']).seal({ x: 1 }).replace('1}', '2}');
    expect(read(aProxy(['a']), text, true).refusal?.code).toBe('signature');
  });

  it('is nothing without a token, but on one machine', () => {
    const text = aProxy([]).seal({ x: 1 });
    expect(aProxy([]).usable).toBe(false);
    expect(read(aProxy([]), text).refusal?.code).toBe('source');
    expect(read(aProxy([], aClock(), true), text)).toEqual({ said: { x: 1 } });
  });

  it.each(['', '[]', 'null', '1', '{'])('is an object, not %j', (json) => {
    const text = aProxy(['a']).seal({});
    const clock = aClock();
    const unsigned = aProxy([], clock, true);
    const bare = `${unsigned.seal({}).split('\n')[0]}\n${json}`;
    expect(text).not.toBe(bare);
    expect(read(unsigned, bare).refusal?.code).toBe('malformed');
  });

  it('is not written longer than it would be read', () => {
    expect(() => aProxy(['a']).seal({ x: 'y'.repeat(8192) })).toThrow(TypeError);
    const longest = aProxy(['a']).seal({ x: 'y'.repeat(8000) });
    expect(read(aProxy(['a']), longest).said).toBeDefined();
    expect(read(aProxy(['a']), longest.padEnd(8193)).refusal?.code).toBe('too_large');
  });
});
