/*
 * MurmurHash3_x86_32 (A. Appleby, 2011, public domain) over the UTF-16 units of a text, low byte first. Every proxy has
 * to come to the same numbers, so there is no secret seed: who can choose keys can choose those of one server.
 */

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

const absorb = (state: number, scrambled: number): number =>
  (Math.imul(rotate(state ^ scrambled, 13), 5) + 0xe6546b64) | 0;

/** The finalizer: every bit of the state sways every bit of what comes out. */
const finish = (state: number): number => {
  let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
};

/** One block of 32 bits as `joinHashes` takes it. Signed 32 bits. */
export const scramble = (block: number): number =>
  Math.imul(rotate(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);

/** A text as unsigned 32 bits, well mixed: texts that differ in one letter share half of their bits. */
export const hashText = (text: string, seed = 0): number => {
  const { length } = text;
  let state = seed | 0;
  let i = 0;
  for (; i + 1 < length; i += 2)
    state = absorb(state, scramble(text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16)));
  if (i < length) state ^= scramble(text.charCodeAt(i));
  return finish(state ^ (2 * length));
};

/** A hash and a scrambled one as one, unsigned 32 bits: what a key and a server come to. */
export const joinHashes = (hash: number, scrambled: number): number => finish(absorb(hash | 0, scrambled));

/** A hash as a number between 0 and 1, never one of the two. */
export const unitOf = (hash: number): number => (hash + 0.5) / 4294967296;
