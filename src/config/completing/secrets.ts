import type { z } from '../../core/options.ts';
import type { FileReader } from '../reading/named-files.ts';
import type { SourceText } from '../reading/source-text.ts';
import { password, secret } from '../schema/schema-parts.ts';

/**
 * What stands behind a key for a secret, or what was meant as one, but not a variable that says nothing of the secret
 * itself, nor a mapping.
 */
const WRITTEN = new RegExp(
  [
    String.raw`\b(?:token|password|bearer|credentials|hash|secret)["']?[ \t]*:`,
    String.raw`(?:[ \t]*[>|][-+\d]*[ \t]*\r?\n)?[ \t]*`,
    String.raw`(?!["']?\$\{\w+(?::-|:\?[^}]*)?\})`,
    // In quotes; or bare, to the end of the line or to what looks like the next key.
    String.raw`(?:"((?:[^"\\\r\n]|\\.)*)|'((?:[^'\r\n]|'')*)|([^\s"'#,{}\[\]][^\r\n]*?)`,
    String.raw`(?=[ \t]*[}\]]*[ \t]*(?:,\s*["']?\w+["']?[ \t]*:|,?[ \t]*\r?$)|[ \t]#))`,
  ].join(''),
  'dgm',
);

/** A private key that somebody put where the name of its file belongs. */
const PASTED = /-----BEGIN[A-Z ]*PRIVATE KEY-----([\s\S]*?)(?:-----END|$(?![\s\S]))/dg;

/** Secrets in a list, in brackets or line by line. */
const LISTED =
  /\b(?:bearer|secret)["']?[ \t]*:(?:[ \t]*\[([^[\]{}]+)|[ \t]*\r?\n((?:[ \t]*-[ \t]+[^\s{][^\r\n:]*(?:\r?\n|$(?![\s\S])))+))/dg;

/** The password in the URL of a Redis server. */
const IN_URL = /\brediss?:\/\/[^\s:@/"']*:([^\s@"']+)@/dg;

/** Blanks secrets in the frames of messages, in texts whose syntax is broken too. */
export const hideSecrets = (source: SourceText): void => {
  for (const pattern of [WRITTEN, LISTED, PASTED, IN_URL])
    for (const { indices } of source.text.matchAll(pattern)) {
      const [start, end] = indices?.slice(1).find(Boolean) ?? [0, 0];
      source.hide({ source, start, end });
    }
};

/** A secret alone in a file, without the white space round it. */
const secretIn =
  (schema: () => z.ZodType): FileReader =>
  (text, name) => {
    const value = text.trim();
    if (value === '') return { fault: `${name} is empty` };
    const issue = schema().safeParse(value).error?.issues[0];
    return issue ? { fault: `${name}: ${issue.message}` } : { value };
  };

/** Takes a token: what is sent to servers. */
export const tokenIn = secretIn(secret);

/** Takes one or more tokens, one a line: what agents sign or send. */
export const tokensIn: FileReader = (text, name) => {
  const lines = text.split('\n').flatMap((line) => line.trim() || []);
  if (lines.length === 0) return { fault: `${name} is empty` };
  const read = secretIn(secret);
  const fault = lines.map((line) => read(line, name)).find((said) => 'fault' in said);
  return fault ?? { value: lines.join('\n') };
};

/** Takes one or more secrets that cookies are signed with, one a line: the first signs. */
export const secretsIn: FileReader = (text, name) => {
  const lines = text.split('\n').flatMap((line) => line.trim() || []);
  if (lines.length === 0) return { fault: `${name} is empty` };
  const isFine = (line: string): boolean => /^[\x21-\x7e]{16,1024}$/.test(line);
  if (lines.every(isFine)) return { value: lines.join('\n') };
  return { fault: `${name}: a secret has 16 to 1024 visible ASCII characters, without spaces` };
};

/** Takes a password. */
export const passwordIn = secretIn(password);
