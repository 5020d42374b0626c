import { readFileSync } from 'node:fs';

/** Reads a list of cores as the kernel writes it: `0-2,5` means 0, 1, 2 and 5. */
export const parseCoreList = (list: string): readonly number[] =>
  list
    .trim()
    .split(',')
    .filter((range) => range !== '')
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });

/** Where the proxy runs, and where client and servers run. */
export interface Cores {
  readonly proxy: number;
  readonly others: number;
}

/** The first two cores that this process may use; the same one twice, and told, when there is no second. */
export const pickCores = (): Cores => {
  const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  const [proxy = 0, others = proxy] = parseCoreList(allowed);
  if (others === proxy)
    console.error(
      'There is one core only: proxy, client and servers share it. Figures do not compare with others.',
    );
  return { proxy, others };
};
