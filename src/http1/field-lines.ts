import { fieldKind } from './field-kind.ts';

/** Name, colon, value and CRLF (RFC 9112, 5), as latin1; the end of the name is the end of the first group. */
const LINE = /([!#$%&'*+.^_`|~\w-]+):[\t\x20-\x7e\x80-\xff]*\r\n/y;
/** Texts that are remembered. Rules have few, unless they put something of the request into them. */
const KEPT = 256;

/** Calls back for each of the lines in a text; throws a TypeError where it is anything else than whole field lines. */
const eachLine = (text: string, see: (line: string, name: string) => void): void => {
  LINE.lastIndex = 0;
  for (let at = 0; at < text.length; at = LINE.lastIndex) {
    LINE.lastIndex = at;
    const [line, name] = LINE.exec(text) ?? [];
    if (line === undefined || name === undefined)
      throw new TypeError(`no field line: ${JSON.stringify(text.slice(at, at + 100))}`);
    const behind = LINE.lastIndex;
    see(line, name);
    LINE.lastIndex = behind;
  }
};

/** Kind of a field by its name in any case. */
const kindOfName = (name: string): number => {
  const bytes = Buffer.from(name, 'latin1');
  return fieldKind(bytes, 0, bytes.length);
};

/**
 * Makes the last check of field lines that others have written: gives them without those of a kind in `guarded`
 * (`guarded[kind] === 1`), and throws a TypeError for what is no whole field line (a lone CR or LF, a NUL, no name).
 * A text that was checked before costs one look-up.
 */
export const lineCheck = (guarded: Uint8Array): ((text: string) => string) => {
  const known = new Map<string, string>();
  return (text) => {
    if (text === '') return '';
    const found = known.get(text);
    if (found !== undefined) return found;
    let checked = '';
    eachLine(text, (line, name) => {
      if (guarded[kindOfName(name)] !== 1) checked += line;
    });
    if (known.size >= KEPT) known.clear();
    known.set(text, checked);
    return checked;
  };
};

/** The lines whose lower-case names are not among these. `text` consists of whole field lines. */
export const linesWithout = (text: string, names: ReadonlySet<string>): string => {
  if (names.size === 0) return text;
  let left = '';
  eachLine(text, (line, name) => {
    if (!names.has(name.toLowerCase())) left += line;
  });
  return left;
};

/** The lower-case names in some field lines. */
export const namesIn = (text: string): ReadonlySet<string> => {
  const names = new Set<string>();
  eachLine(text, (_line, name) => names.add(name.toLowerCase()));
  return names;
};
