/** Writes families of samples in the Prometheus text format 0.0.4, for numbers that are read when somebody asks. */

export type FamilyType = 'counter' | 'gauge' | 'summary';

const SPECIAL = /[\\"\n]/g;
const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

const numberText = (value: number): string => {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
};

/** `a="1",b="2"`: label pairs as the format writes them, any text being safe as a value. */
export const labelText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(SPECIAL, (char) => ESCAPED[char] ?? char)}"`)
    .join(',');

/** One scrape being written, in one string: a list of lines to be joined costs a third more. */
export class MetricsText {
  #text = '';
  #name = '';

  /** Opens a family, which samples belong to until another one is. Each name once. */
  family(name: string, type: FamilyType, help: string): void {
    this.#name = name;
    this.#text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  }

  /** `labels` as labelText writes them, empty for none; `suffix` is `_sum` or `_count` of a summary. */
  sample(labels: string, value: number, suffix = ''): void {
    const braces = labels === '' ? '' : `{${labels}}`;
    this.#text += `${this.#name}${suffix}${braces} ${numberText(value)}\n`;
  }

  /** A family of one sample without labels. */
  single(name: string, type: FamilyType, help: string, value: number): void {
    this.family(name, type, help);
    this.sample('', value);
  }

  toString(): string {
    return this.#text;
  }
}
