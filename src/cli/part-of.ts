/** `0.5` and `50%` are half. NaN for what is neither a number nor a percentage. */
export const partOf = (text: string): number => {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text);
  return match ? Number(match[1]) / (match[2] ? 100 : 1) : Number.NaN;
};
