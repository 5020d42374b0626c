import { randomFillSync } from 'node:crypto';

const KEPT = /^[\w.:/+=@-]{1,128}$/;
const POOL_SIZE = 4096;
const ID_BYTES = 10;

const pool = Buffer.allocUnsafe(POOL_SIZE);
let used = POOL_SIZE;

const randomHex = (): string => {
  if (used + ID_BYTES > POOL_SIZE) {
    randomFillSync(pool);
    used = 0;
  }
  used += ID_BYTES;
  return pool.toString('hex', used - ID_BYTES, used);
};

/** A new id whose order is that of time: UUID version 7 (RFC 9562, 5.7). */
export const newRequestId = (epochMs: number): string => {
  const time = Math.floor(epochMs).toString(16).padStart(12, '0');
  const random = randomHex();
  const variant = ((Number.parseInt(random[3] ?? '0', 16) & 3) | 8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`;
};

/** True for an id from a trusted peer that can be written to logs and headers as it is. */
export const isKeptId = (id: string | undefined): id is string => id !== undefined && KEPT.test(id);
