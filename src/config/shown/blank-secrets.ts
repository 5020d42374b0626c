/** What stands in the place of a secret. */
export const BLANK = '***';

/** Keys whose values are secrets, whoever brought them: ours, those of users' functions, and header fields. */
const SECRET_KEY =
  /^(?:tokens?|secrets?|password|passwd|passphrase|bearer|(?:proxy-)?authorization|(?:x-)?(?:api|auth)[-_]?(?:key|token)|private[-_]?key)$/i;
/** The same as the last word of a longer name. */
const SECRET_END =
  /[a-z\d](?:Tokens?|Secrets?|Password|Passphrase|ApiKey|PrivateKey|Hash)$|[-_](?:token|secret|password)$/;
/** Names of files are no secrets. */
const FILE_KEY = /File$/;
/** The user and password in a URL. */
const IN_URL = /\b([a-z][a-z\d+.-]*:\/\/[^\s:@/]*):[^\s@]+@/gi;
/** A key in PEM, or what a password is kept as. */
const SECRET_TEXT = /-----BEGIN[A-Z ]*PRIVATE KEY-----|^\$?(?:scrypt|argon2\w*|2[aby])[$:]/;

const blankText = (text: string): string =>
  SECRET_TEXT.test(text) ? BLANK : text.replace(IN_URL, `$1:${BLANK}@`);

const isSecretKey = (key: string): boolean =>
  (SECRET_KEY.test(key) || SECRET_END.test(key)) && !FILE_KEY.test(key);

const blank = (value: unknown, isSecret: boolean): unknown => {
  if (Array.isArray(value)) return value.map((one) => blank(one, isSecret));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, blank(inner, isSecretKey(key))]),
    );
  if (isSecret && (typeof value === 'string' || typeof value === 'number')) return BLANK;
  return typeof value === 'string' ? blankText(value) : value;
};

/**
 * A copy of plain data without secrets, as far as they can be told by the keys that they stand under or by their looks.
 * The last net behind code that knows where its own secrets are.
 */
export const blankSecrets = (value: unknown): unknown => blank(value, false);
