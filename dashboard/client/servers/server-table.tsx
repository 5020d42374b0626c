import { computed, signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { PoolView } from '../../../src/control/views/views.ts';
import { snapshot } from '../live/feed.ts';
import { entryOf, type ServerEntry } from '../live/server-entries.ts';
import { State } from '../parts/marks.tsx';
import { count, isNumber, mean, millis, plural } from '../state/format.ts';
import { grouped, stateCounts } from '../state/pools.ts';
import { matches, nextSort, type Sort, type SortValue, sorted, UNSORTED } from '../state/sorting.ts';
import { COLUMNS, shownColumns } from './columns.tsx';
import { moveInTable } from './moving.ts';
import { ServerRow } from './server-row.tsx';

/** What the reader has typed into the filter. */
export const filter = signal('');
const sort = signal<Sort>(UNSORTED);

interface PoolRows {
  readonly pool: string;
  readonly view: PoolView | undefined;
  readonly about: string;
  readonly entries: readonly ServerEntry[];
}

const sortValue = (entry: ServerEntry, key: string): SortValue => {
  const server = entry.latest;
  if (key === 'name') return server.id;
  if (key === 'state') return server.state;
  if (key === 'report') return server.ageMs;
  return COLUMNS.find((column) => column.key === key)?.valueOf(server) ?? null;
};

const pools = computed((): readonly PoolRows[] => {
  const { servers = [], pools: views = [] } = snapshot.value ?? {};
  const { key, descends } = sort.value;
  const wanted = filter.value.trim();
  return grouped(servers, views)
    .map(({ pool, view, servers: group }) => {
      const entries = group.filter((server) => wanted === '' || matches(server, wanted)).map(entryOf);
      const about = `${plural(group.length, 'server')}${group.length > 0 ? `: ${stateCounts(group)}` : ''}`;
      const inOrder =
        key === undefined ? entries : sorted(entries, (entry) => sortValue(entry, key), descends);
      return { pool, view, about, entries: inOrder };
    })
    .filter(({ entries }) => wanted === '' || entries.length > 0);
});

const SortHead = (props: {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly className: string;
  readonly descendsFirst?: boolean;
}) => {
  const { name, label, hint, className, descendsFirst = false } = props;
  const { key, descends } = sort.value;
  const isSorted = key === name;
  return (
    <th
      scope="col"
      class={className}
      aria-sort={isSorted ? (descends ? 'descending' : 'ascending') : undefined}
      title={hint}
    >
      <button
        type="button"
        class="sort"
        onClick={() => {
          sort.value = nextSort(sort.value, name, descendsFirst);
        }}
      >
        {label}
        <span class="arrow" aria-hidden="true">
          {isSorted ? (descends ? '▾' : '▴') : ''}
        </span>
      </button>
    </th>
  );
};

const Head = () => (
  <thead>
    <tr>
      <SortHead name="name" label="Server" className="name" />
      <SortHead name="state" label="State" className="state-cell" />
      <SortHead
        name="report"
        label="Report"
        hint="Age of the last report; the bar is full at 20 s of silence"
        className="age"
        descendsFirst
      />
      {shownColumns.value.map(({ key, label, hint, isText }) => (
        <SortHead
          key={key}
          name={key}
          label={label}
          hint={hint}
          className={`${isText ? 'text' : 'num'} col-${key}`}
          descendsFirst={!isText}
        />
      ))}
      <th scope="col" class="menu-cell">
        <span class="hidden">Actions</span>
      </th>
    </tr>
  </thead>
);

const poolNumbers = ({ inFlight, requestsPerSecond, p99Ms }: PoolView): string =>
  [
    `${count(inFlight)} in flight`,
    ...(isNumber(requestsPerSecond) ? [`${mean(requestsPerSecond)} req/s`] : []),
    ...(isNumber(p99Ms) ? [`p99 ${millis(p99Ms)}`] : []),
  ].join(' · ');

const PoolBody = ({ pool, view, about, entries }: PoolRows) => (
  <tbody>
    <tr class="group">
      <th scope="rowgroup" colSpan={shownColumns.value.length + 4}>
        <span class="group-line">
          <span class="pool">{pool}</span>
          {view ? <State state={view.state} /> : null}
          <span class="dim">{about}</span>
          {view ? <span class="dim">{poolNumbers(view)}</span> : null}
        </span>
      </th>
    </tr>
    {entries.map((entry) => (
      <ServerRow key={entry.key} entry={entry} />
    ))}
  </tbody>
);

/** The one table of all servers, grouped by pool. Arrows move in it, Enter opens a row. */
export const ServerTable = () => {
  const table = useRef<HTMLTableElement>(null);
  useLayoutEffect(() => {
    const rows = [...(table.current?.querySelectorAll<HTMLElement>('tr.server') ?? [])];
    if (rows[0] && !rows.some(({ tabIndex }) => tabIndex === 0)) rows[0].tabIndex = 0;
  });
  return (
    <table ref={table} class="servers" onKeyDown={moveInTable}>
      <caption class="hidden">Servers</caption>
      <Head />
      {pools.value.map((rows) => (
        <PoolBody key={rows.pool} {...rows} />
      ))}
    </table>
  );
};

/** How many servers the filter lets through. */
export const shownServers = computed(() => pools.value.reduce((sum, { entries }) => sum + entries.length, 0));
