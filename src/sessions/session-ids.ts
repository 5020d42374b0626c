import { randomBytes } from 'node:crypto';
import { isMarkOf, markOf, type Secrets } from './secrets.ts';

const ID_BYTES = 16;
const PURPOSE = 'session';
/** 16 and 32 bytes as base64url. */
const VALUE = /^([\w-]{22})\.([\w-]{43})$/;

/** A new id: 128 bits at random, which nobody guesses. */
export const newSessionId = (): string => randomBytes(ID_BYTES).toString('base64url');

/** What a cookie holds for an id: the id and its mark. */
export const sessionCookie = (id: string, secrets: Secrets): string =>
  `${id}.${markOf(secrets[0], PURPOSE, id)}`;

/** The id in a cookie that we have made; undefined for any other. */
export const sessionIdIn = (value: string | undefined, secrets: Secrets): string | undefined => {
  const [, id, mark] = VALUE.exec(value ?? '') ?? [];
  if (id === undefined || mark === undefined) return undefined;
  return isMarkOf(secrets, PURPOSE, id, mark) ? id : undefined;
};
