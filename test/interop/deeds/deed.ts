import { expect } from 'vitest';
import { bytesOf, digestOf, type Echo } from '../origin.ts';

/** What a client does, and expects of it. `url`: of the first hop, without a slash at the end. */
export type Deed = readonly [what: string, run: (url: string) => Promise<void>];

export const KIB_64 = 65_536;
export const MIB_5 = 5 * 1024 * 1024;
export const SIZES = [
  ['64 KiB', KIB_64],
  ['5 MiB', MIB_5],
] as const;

/** Expects that so many bytes of the origin came as they are. */
export const expectBytes = (got: Uint8Array, size: number): void => {
  expect(got.length).toBe(size);
  expect(digestOf(got)).toBe(digestOf(bytesOf(size)));
};

/** Expects that the origin got so many bytes as they are. */
export const expectEcho = (text: string, method: string, size: number): Echo => {
  const echo = JSON.parse(text) as Echo;
  expect(echo).toMatchObject({ method, length: size, digest: digestOf(bytesOf(size)) });
  return echo;
};

/** Bytes in the pieces that a stream sends. */
export function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000);
}
