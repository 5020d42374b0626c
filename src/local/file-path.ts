/** Longest name that file systems take, bytes. */
const LONGEST_NAME = 255;

/** Characters and names that mean something else than a file on Windows: streams, devices, wildcards. */
const WINDOWS_ONLY =
  /[<>:"|?*]|[. ]$|^(?:con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]|conin\$|conout\$)(?:\.|$)/i;

export interface NameRules {
  /** What becomes of names that begin with a dot; `.` and `..` are never followed. */
  readonly dotfiles: 'deny' | 'allow';
  /** As process.platform. */
  readonly platform: string;
}

const decoded = (segment: string): string | undefined => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
};

/** True for hidden files, as Unix has them. */
export const isHidden = (name: string): boolean => name.startsWith('.');

const isPlain = (name: string, { dotfiles, platform }: NameRules): boolean =>
  !/^\.{0,2}$/.test(name) &&
  (dotfiles === 'allow' || !isHidden(name)) &&
  !/[/\\]|\p{Cc}/u.test(name) &&
  Buffer.byteLength(name) <= LONGEST_NAME &&
  !(platform === 'win32' && WINDOWS_ONLY.test(name));

/**
 * The names, decoded, that a path leads through; empty for the folder itself. A slash at the end adds nothing.
 * Undefined for a path that may not be served: dot segments and hidden files, slashes that were escaped, backslashes,
 * control characters, empty names, broken escapes, names that are too long or, on Windows, mean something else.
 */
export const namesOf = (path: string, rules: NameRules): readonly string[] | undefined => {
  if (!path.startsWith('/')) return undefined;
  const segments = path.slice(1).split('/');
  if (segments.at(-1) === '') segments.pop();
  const names: string[] = [];
  for (const segment of segments) {
    const name = decoded(segment);
    if (name === undefined || !isPlain(name, rules)) return undefined;
    names.push(name);
  }
  return names;
};
