/** Spelling differences that say nothing: case, and how words are joined. */
const bare = (word: string): string => word.toLowerCase().replace(/[_\-\s]/g, '');

/**
 * Insertions, deletions, replacements and swaps of neighbours that turn one word into the other
 * (optimal string alignment; Boytsov, 2011, 2.1).
 */
const editDistance = (a: string, b: string): number => {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforeLast[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
};

/** Longer words are not compared: nobody mistypes them, and the comparison takes time by the square. */
const MAX_LENGTH = 64;

/** Shorter beginnings say nothing of the word that was meant. */
const FEWEST_LETTERS = 3;

/** The one known word that begins like this one, or that this one begins with: `max` for `maximum`. */
const sameBeginning = (wanted: string, known: readonly string[]): string | undefined => {
  const alike = known.filter((candidate) => {
    const word = bare(candidate);
    const isLong = Math.min(word.length, wanted.length) >= FEWEST_LETTERS;
    return isLong && (word.startsWith(wanted) || wanted.startsWith(word));
  });
  return alike.length === 1 ? alike[0] : undefined;
};

/**
 * The known word that was most likely meant: at most one slip in three letters, the first of several; else the only one
 * that begins alike.
 */
export const nearest = (word: string, words: Iterable<string>): string | undefined => {
  const wanted = bare(word);
  if (wanted.length > MAX_LENGTH) return undefined;
  const known = [...words];
  let best: string | undefined;
  let fewest = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const slips = editDistance(wanted, bare(candidate));
    if (slips < fewest) {
      best = candidate;
      fewest = slips;
    }
  }
  return best ?? sameBeginning(wanted, known);
};

/** The question that follows a word nobody knows; undefined when nothing known comes near. */
export const didYouMean = (word: string, known: Iterable<string>): string | undefined => {
  const meant = nearest(word, known);
  return meant === undefined ? undefined : `did you mean \`${meant}\`?`;
};
