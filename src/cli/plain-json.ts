const escaped = (signs: string): string =>
  signs
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');

/** JSON of a value, the same to whoever reads JSON, without a character that a terminal takes for a command. */
export const plainJson = (value: unknown, indent = 0): string =>
  JSON.stringify(value, null, indent).replace(/[^\P{Cc}\n]|\p{Cf}/gu, escaped);
