import { parseArgs } from 'node:util';

const PASSES = 5;
const SECONDS = 3;

/** What can be said on the command line of a measurement. */
export interface BenchFlags {
  /** How often everything is measured. */
  readonly passes: number;
  /** How long each pass loads its proxy. */
  readonly seconds: number;
  /** Scenarios, if not all. */
  readonly only: readonly string[];
  /** Proxies, if not all. */
  readonly proxies: readonly string[];
}

/** The whole number above 0 that a flag says. Throws, in words, for anything else. */
export const positive = (flag: string, text: string | undefined, otherwise: number): number => {
  const number = Number(text ?? otherwise);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`--${flag} is a whole number above 0, not ${text}`);
  return number;
};

/** Those of the known names that a flag lists, with commas between: all if it is not given. Throws for others. */
export const among = (
  flag: string,
  text: string | undefined,
  known: readonly string[],
): readonly string[] => {
  const names = text?.split(',') ?? known;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`--${flag}: ${unknown} is not among ${known.join(', ')}`);
  return known.filter((name) => names.includes(name));
};

/** Reads `--passes N --seconds S --only SCENARIO,... --proxies PROXY,...`. Throws, in words, for what it does not know. */
export const readFlags = (
  args: readonly string[],
  scenarios: readonly string[] = [],
  proxies: readonly string[] = [],
): BenchFlags => {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { passes: text, seconds: text, only: text, proxies: text },
  });
  return {
    passes: positive('passes', values.passes, PASSES),
    seconds: positive('seconds', values.seconds, SECONDS),
    only: among('only', values.only, scenarios),
    proxies: among('proxies', values.proxies, proxies),
  };
};
