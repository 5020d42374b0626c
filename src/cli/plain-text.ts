/** Longer text would push a table apart. */
const MAX_TEXT = 120;

/**
 * What strangers have written, or functions made of what strangers sent, may hold what a terminal takes for a command:
 * that becomes `?`. At most 120 characters.
 */
export const plainText = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, '?').slice(0, MAX_TEXT);
