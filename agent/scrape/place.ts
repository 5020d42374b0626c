import type { Millis } from '../../src/core/types.ts';

/** Most time for one reading. */
export const READ_TIMEOUT: Millis = 1000;
/** Largest page: a thousand times what the numbers of one server need. */
export const MAX_PAGE_BYTES = 1_048_576;

/** Where numbers are read. Whoever reads sees to it that there is one reading at a time. */
export interface Place {
  /** For people, without what is secret in it. */
  readonly name: string;
  /** The text there now. Rejects if it cannot be had within READ_TIMEOUT and MAX_PAGE_BYTES. */
  read(): Promise<string>;
  close(): void;
}
