import type { Tree } from '../../../agent/sources/source.ts';

/** Files and links of a test; a path that ends in nothing else is a file. Changes show at once. */
export interface Files {
  [path: string]: string | undefined;
}

/** A tree over these files, in memory. `links`: where symbolic links lead. */
export const aTree = (files: Files, links: Files = {}): Tree & { readonly reads: string[] } => {
  const reads: string[] = [];
  const read = (path: string): string | undefined => {
    reads.push(path);
    return files[path];
  };
  return {
    reads,
    read,
    head: (path, most) => read(path)?.slice(0, most),
    list: (path) => {
      const inside = [files, links].flatMap((each) =>
        Object.entries(each).flatMap(([name, text]) =>
          text !== undefined && name.startsWith(`${path}/`) ? [name.slice(path.length + 1)] : [],
        ),
      );
      return [...new Set(inside.map((name) => name.split('/')[0]!))];
    },
    link: (path) => links[path],
  };
};
