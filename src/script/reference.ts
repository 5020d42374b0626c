import { resolve } from 'node:path';

/** A reference taken apart: `./file.ts`, or `./file.ts#name` for an export that is not the default. */
export interface Wanted {
  /** As written. */
  readonly reference: string;
  /** Absolute path of the script. */
  readonly entry: string;
  readonly exportName: string | undefined;
}

/** Takes a reference apart, relative to a directory. */
export const parseReference = (reference: string, fromDirectory: string): Wanted => {
  const [, path = reference, exportName] =
    /^(.*)#([\p{ID_Start}$_][\p{ID_Continue}$]*)$/u.exec(reference) ?? [];
  return { reference, entry: resolve(fromDirectory, path), exportName };
};

/** The same for every reference to one export that is written in one way. */
export const keyOf = ({ reference, entry }: Wanted): string => `${entry} ${reference}`;
