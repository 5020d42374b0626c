import type { ServerView } from '../../../src/control/views/views.ts';

/** What a column sorts by: a number or a text; null for what is not known, which comes last either way. */
export type SortValue = number | string | null;

export interface Sort {
  /** Key of the column; undefined for the order of the configuration. */
  readonly key: string | undefined;
  readonly descends: boolean;
}

export const UNSORTED: Sort = { key: undefined, descends: false };

/** A column that is chosen again turns round, then goes back to the order of the configuration. */
export const nextSort = (sort: Sort, key: string, descendsFirst: boolean): Sort => {
  if (sort.key !== key) return { key, descends: descendsFirst };
  return sort.descends === descendsFirst ? { key, descends: !descendsFirst } : UNSORTED;
};

const compare = (a: SortValue, b: SortValue): number => {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
};

/** A new list. Those that are equal stay as they stood. */
export const sorted = <Item>(
  items: readonly Item[],
  valueIn: (item: Item) => SortValue,
  descends: boolean,
): readonly Item[] =>
  items
    .map((item) => ({ item, value: valueIn(item) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
      return descends ? compare(b.value, a.value) : compare(a.value, b.value);
    })
    .map(({ item }) => item);

const searched = ({ id, url, pool, node, state, tags, reason }: ServerView): string =>
  [id, url, pool, node ?? '', state, reason ?? '', ...tags].join(' ').toLowerCase();

/** True if every word of the filter stands somewhere in what names the server: id, url, pool, node, state, tags. */
export const matches = (server: ServerView, filter: string): boolean => {
  const text = searched(server);
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
};
