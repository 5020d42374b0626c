import { describe, expect, it } from 'vitest';
import { hashText, joinHashes, scramble, unitOf } from '../../../candidacy/parts/murmur-hash.ts';
import { seededRandom } from '../../../src/core/random.ts';

const hex = (hash: number): string => hash.toString(16).padStart(8, '0');

const bitsOf = (word: number): number => {
  let count = 0;
  for (let rest = word >>> 0; rest > 0; rest >>>= 1) count += rest & 1;
  return count;
};

const randomText = (random: () => number, length: number): string =>
  String.fromCharCode(...Array.from({ length }, () => 33 + Math.floor(random() * 94)));

describe('hashText', () => {
  it.each([
    ['nothing', '', 0, '00000000'],
    ['nothing', '', 1, '514e28b7'],
    ['nothing', '', 0xffffffff, '81f16f39'],
    ['ff ff ff ff', '\uffff\uffff', 0, '76293b50'],
    ['21 43 65 87', '\u4321\u8765', 0, 'f55b516b'],
    ['21 43 65 87', '\u4321\u8765', 0x5082edee, '2362f9de'],
    ['21 43', '\u4321', 0, 'a0f7b07a'],
    ['00 00 00 00', '\u0000\u0000', 0, '2362f9de'],
    ['00 00', '\u0000', 0, '30f4c306'],
  ])('gives the published MurmurHash3 of the bytes %s: %j, seed %i', (_, text, seed, expected) => {
    expect(hex(hashText(text, seed))).toBe(expected);
  });

  it('changes half of its bits with any one bit of the text', () => {
    const { next } = seededRandom(5);
    const flips = new Array<number>(32).fill(0);
    const [texts, length] = [400, 9];
    for (let i = 0; i < texts; i++) {
      const text = randomText(next, length);
      for (let bit = 0; bit < 7 * length; bit++) {
        const at = Math.floor(bit / 7);
        const unit = String.fromCharCode(text.charCodeAt(at) ^ (1 << (bit % 7)));
        const changed = hashText(text) ^ hashText(text.slice(0, at) + unit + text.slice(at + 1));
        for (let out = 0; out < 32; out++) flips[out] = flips[out]! + ((changed >>> out) & 1);
      }
    }
    // Six standard deviations of a fair coin.
    const tosses = texts * 7 * length;
    for (const flipped of flips) expect(Math.abs(flipped / tosses - 0.5)).toBeLessThan(3 / Math.sqrt(tosses));
  });

  it.each([
    ['numbers in a row', (i: number) => `/item/${i}`],
    ['numbers at the front', (i: number) => `${i}/item.html`],
    ['addresses', (i: number) => `10.${i >> 12}.${(i >> 6) & 63}.${i & 63}`],
    [
      'letters that differ in high units',
      (i: number) => `${String.fromCodePoint(0x4e00 + (i % 20_000))}${i >> 14}`,
    ],
  ])('spreads %s evenly over the top and the bottom bits', (_, textOf) => {
    const [keys, buckets] = [65_536, 256];
    const top = new Array<number>(buckets).fill(0);
    const bottom = new Array<number>(buckets).fill(0);
    for (let i = 0; i < keys; i++) {
      const hash = hashText(textOf(i));
      top[hash >>> 24] = top[hash >>> 24]! + 1;
      bottom[hash & 255] = bottom[hash & 255]! + 1;
    }
    for (const counts of [top, bottom]) {
      const expected = keys / buckets;
      const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      // 255 degrees of freedom: mean 255, standard deviation 22.6; five of these.
      expect(Math.abs(chiSquare - 255)).toBeLessThan(113);
    }
  });
});

describe('joinHashes', () => {
  it('tells servers apart by half of the bits, for each key', () => {
    let bits = 0;
    const pairs = 20_000;
    for (let i = 0; i < pairs; i++) {
      const key = hashText(`/item/${i}`);
      const [a, b] = ['10.0.0.1:80', '10.0.0.2:80'].map((id) => joinHashes(key, scramble(hashText(id))));
      bits += bitsOf(a! ^ b!);
    }
    expect(Math.abs(bits / pairs - 16)).toBeLessThan(0.15);
  });
});

describe('unitOf', () => {
  it('never is 0 or 1', () => {
    expect(unitOf(0)).toBeGreaterThan(0);
    expect(unitOf(0xffffffff)).toBeLessThan(1);
  });
});
