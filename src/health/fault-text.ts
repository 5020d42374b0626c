import type { CheckResult } from './check-spec.ts';

const codesOf = (error: unknown): readonly string[] => {
  if (error instanceof AggregateError) return error.errors.flatMap(codesOf);
  if (typeof error !== 'object' || error === null || !('code' in error)) return [];
  return typeof error.code === 'string' ? [error.code] : [];
};

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  EPROTO: 'no TLS there',
  ETIMEDOUT: 'connect timed out',
  ENOTFOUND: 'its name has no address',
  EAI_AGAIN: 'its name cannot be looked up',
};

/** Codes of Node's TLS and of what it makes of HTTP have several words; of an error that has none, its own words. */
const textOf = (code: string | undefined, error: unknown): string => {
  if (code === undefined) return error instanceof Error ? error.message.slice(0, 200) : 'failed';
  return WORDS[code] ?? code;
};

/**
 * What a check found that met this error. Refused: every address of the server answered that nobody listens there.
 */
export const faultResult = (error: unknown): CheckResult => {
  const codes = codesOf(error);
  const isRefused = codes.length > 0 && codes.every((code) => code === 'ECONNREFUSED');
  return { isGood: false, isRefused, text: textOf(codes[0], error) };
};
