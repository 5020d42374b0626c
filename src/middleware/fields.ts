/** Header fields as they came: names and values in turn, order and repeats kept (`rawHeaders` of Node). */
export type RawFields = readonly string[];

/** Fields ready to be sent, in order; a repeated field has a list. Has no prototype: `constructor` is a name like any. */
export type Fields = Record<string, string | string[]>;

/** Fields that are meant for one connection only (RFC 9110, 7.6.1, and those that proxies are known to leak). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Calls back for every field with its name in lower case. */
export const eachField = (
  raw: RawFields,
  see: (lower: string, value: string, name: string) => void,
): void => {
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? '';
    see(name.toLowerCase(), raw[i + 1] ?? '', name);
  }
};

/** All values of a field, in order. `name` in lower case. */
export const valuesOf = (raw: RawFields, name: string): readonly string[] => {
  const values: string[] = [];
  eachField(raw, (lower, value) => {
    if (lower === name) values.push(value);
  });
  return values;
};

/** The members of a comma-separated list over all fields of that name, trimmed, in lower case, without empty ones. */
export const listOf = (raw: RawFields, name: string): readonly string[] =>
  valuesOf(raw, name)
    .join(',')
    .split(',')
    // trim() would take off more than blanks and tabs, such as the 0xA0 that a parser took for a part of the name.
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, '').toLowerCase())
    .filter((member) => member !== '');

/** Says whether a field may not be passed on: for one connection only, or named by Connection (RFC 9110, 7.6.1). */
export const hopByHop = (raw: RawFields): ((lower: string) => boolean) => {
  const named = new Set(listOf(raw, 'connection'));
  return (lower) => HOP_BY_HOP.has(lower) || named.has(lower);
};

/** Puts fields together. A name is spelled as it first came; further values in any spelling go behind it. */
export class FieldBuilder {
  readonly fields: Fields = Object.create(null);
  readonly #spelling = new Map<string, string>();

  add(name: string, value: string): void {
    const spelled = this.#spelling.get(name.toLowerCase());
    const before = spelled === undefined ? undefined : this.fields[spelled];
    if (spelled === undefined || before === undefined) this.set(name, value);
    else if (typeof before === 'string') this.fields[spelled] = [before, value];
    else before.push(value);
  }

  /** Replaces whatever stands under that name in any spelling. */
  set(name: string, value: string): void {
    const lower = name.toLowerCase();
    const spelled = this.#spelling.get(lower);
    if (spelled !== undefined) delete this.fields[spelled];
    this.#spelling.set(lower, name);
    this.fields[name] = value;
  }

  /** Takes out what stands under that lower-case name in any spelling. */
  remove(lower: string): void {
    const spelled = this.#spelling.get(lower);
    if (spelled !== undefined) delete this.fields[spelled];
    this.#spelling.delete(lower);
  }
}
