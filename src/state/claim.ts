import type { Claim } from '../core/report-source.ts';

/** Larger messages are not looked into: nobody has checked who sent them. */
const MAX_BYTES = 16_384;
const MAX_SERVERS = 16;
const MAX_TEXT = 512;

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length <= MAX_TEXT ? value : undefined;

const serverOf = (value: unknown): Claim['servers'] => {
  const { url, pool } = Object(value);
  const [known, of] = [textOf(url), textOf(pool)];
  return known === undefined ? [] : [{ url: known, ...(of === undefined ? {} : { pool: of }) }];
};

/** What a message that was refused says it is about; undefined if that cannot be told. Never throws. */
export const claimOf = (text: string): Claim | undefined => {
  if (text.length > MAX_BYTES) return undefined;
  try {
    const { node, servers } = Object(JSON.parse(text));
    const list: readonly unknown[] = Array.isArray(servers) ? servers.slice(0, MAX_SERVERS) : [];
    return { node: textOf(node), servers: list.flatMap(serverOf) };
  } catch {
    return undefined;
  }
};
