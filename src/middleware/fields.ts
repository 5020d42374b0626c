/** Header fields as they came: names and values in turn, order and repeats kept (`rawHeaders` of Node). */
export type RawFields = readonly string[];

/** Fields ready to be sent, in order; a repeated field has a list. */
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
    .map((member) => member.trim().toLowerCase())
    .filter((member) => member !== '');

/** Says whether a field may not be passed on: for one connection only, or named by Connection (RFC 9110, 7.6.1). */
export const hopByHop = (raw: RawFields): ((lower: string) => boolean) => {
  const named = new Set(listOf(raw, 'connection'));
  return (lower) => HOP_BY_HOP.has(lower) || named.has(lower);
};

/** Adds a field behind what is there under the same name in any case. */
export const addField = (fields: Fields, name: string, value: string): void => {
  const before = fields[name];
  if (before === undefined) fields[name] = value;
  else if (typeof before === 'string') fields[name] = [before, value];
  else before.push(value);
};
