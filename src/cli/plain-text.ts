/** Longer text would push a table apart. */
const MAX_TEXT = 120;

/**
 * What strangers have written, or functions made of what strangers sent, may hold what a terminal takes for a command or
 * for a new line: that becomes `?`.
 */
export const plainLine = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, '?');

/** The same, cut to 120 characters. */
export const plainText = (text: string): string => plainLine(text).slice(0, MAX_TEXT);
