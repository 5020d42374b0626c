import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** One import statement, or one `export ... from`, or one import() expression. */
export interface Import {
  readonly from: string;
  /** Path of the file that is meant (relative to the root), or the name of the package, or `node:...`. */
  readonly to: string;
  readonly isPackage: boolean;
  /** `import type`: gone at run time. */
  readonly isType: boolean;
}

/** Texts of source files by their paths, which are relative to the root and have forward slashes. */
export type Sources = ReadonlyMap<string, string>;

const CODE = /\.(ts|tsx|mts|js|mjs)$/;

/** Reads the code below these folders of the root. */
export const readSources = (root: string, folders: readonly string[]): Sources =>
  new Map(
    folders
      .flatMap((folder) =>
        readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
          posix.join(folder, name.replaceAll('\\', '/')),
        ),
      )
      .filter((path) => CODE.test(path))
      .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
  );

const COMMENT_OR_TEXT =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|`(?:\\[\s\S]|[^`\\])*`|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g;
const IMPORT =
  /^\s*(?:import|export)(?<type>\s+type)?\s[^'"();]*?from\s*['"](?<from>[^'"]+)['"]|^\s*import\s*['"](?<bare>[^'"]+)['"]|\bimport\(\s*['"](?<dynamic>[^'"]+)['"]/gm;

/** The code without its comments and templates, which may hold code of their own. */
export const codeOf = (text: string): string =>
  text.replace(COMMENT_OR_TEXT, (token) => (/^['"]/.test(token) ? token : token.replace(/[^\n]/g, ' ')));

const packageOf = (name: string): string => {
  if (name.startsWith('node:')) return name;
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
};

export const importsOf = (path: string, text: string): readonly Import[] =>
  [...codeOf(text).matchAll(IMPORT)].map(({ groups = {} }) => {
    const name = groups['from'] ?? groups['bare'] ?? groups['dynamic'] ?? '';
    const isPackage = !name.startsWith('.');
    const to = isPackage ? packageOf(name) : posix.join(posix.dirname(path), name);
    return { from: path, to, isPackage, isType: groups['type'] !== undefined };
  });
