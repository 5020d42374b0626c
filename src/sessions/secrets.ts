import { createHmac, timingSafeEqual } from 'node:crypto';

/** Keys that this proxy makes its marks with: the first signs, all of them are known. At least one. */
export type Secrets = readonly [string | Uint8Array, ...(string | Uint8Array)[]];

/** HMAC-SHA256 of a text as base64url: 43 characters. `purpose` keeps marks of different kinds apart. */
export const markOf = (secret: string | Uint8Array, purpose: string, text: string): string =>
  createHmac('sha256', secret).update(`${purpose}\0${text}`).digest('base64url');

/** Whether a mark was made with one of these. Takes as long for a wrong one as for a right one. */
export const isMarkOf = (secrets: Secrets, purpose: string, text: string, mark: string): boolean => {
  const given = Buffer.from(mark);
  let isOne = false;
  for (const secret of secrets) {
    const right = Buffer.from(markOf(secret, purpose, text));
    isOne = (given.length === right.length && timingSafeEqual(given, right)) || isOne;
  }
  return isOne;
};
