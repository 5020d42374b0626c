import type { ComponentChildren } from 'preact';
import type { NodeView, RefusalView, SenderView, ServerView } from '../../../src/control/views/views.ts';
import { isLost, lostSeconds, proxyNow, sinceSnapshot, snapshot } from '../live/feed.ts';
import { None, Panel, Scroll } from '../parts/panel.tsx';
import { age, clockOffset, count, millis, words } from '../state/format.ts';

interface Column<Item> {
  readonly label: string;
  readonly hint?: string;
  readonly isNumber?: boolean;
  /** Left out on narrow screens. */
  readonly isWide?: boolean;
  readonly cell: (item: Item) => ComponentChildren;
}

const classOf = <Item,>({ isNumber, isWide }: Column<Item>): string =>
  [isNumber ? 'num' : 'text', isWide ? 'rank-2' : ''].join(' ').trim();

interface TableProps<Item> {
  readonly name: string;
  readonly columns: readonly Column<Item>[];
  readonly items: readonly Item[];
  readonly keyOf: (item: Item) => string;
  readonly classOfRow?: (item: Item) => string;
}

const Table = <Item,>({ name, columns, items, keyOf, classOfRow }: TableProps<Item>) => (
  <Scroll label={`${name}, scrollable`}>
    <table>
      <caption class="hidden">{name}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.label} scope="col" class={classOf(column)} title={column.hint}>
              {column.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={keyOf(item)} class={classOfRow?.(item)}>
            {columns.map((column, i) =>
              i === 0 ? (
                <th key={column.label} scope="row" class={classOf(column)}>
                  {column.cell(item)}
                </th>
              ) : (
                <td key={column.label} class={classOf(column)}>
                  {column.cell(item)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  </Scroll>
);

const placeOf = (url: string): string => url.replace(/^http:\/\/|\/$/g, '');

/** A node that has been silent for so many of its intervals is stale, but not before 20 s. */
const isStale = ({ ageMs, everyMs }: NodeView): boolean => ageMs > Math.max(20_000, 5 * (everyMs ?? 0));

const sinceHeard = (ms: number): string =>
  age(ms + (isLost.value && lostSeconds.value >= 0 ? sinceSnapshot() : 0));

const refusalOf = ({ refused, lastRefusal }: NodeView): ComponentChildren =>
  refused === 0 ? (
    '0'
  ) : (
    <>
      {count(refused)}
      {lastRefusal ? <span class="sub"> {lastRefusal.message}</span> : null}
    </>
  );

const NODES: readonly Column<NodeView>[] = [
  { label: 'Node', cell: ({ name }) => name },
  {
    label: 'Transport',
    isWide: true,
    cell: ({ transport, address, token }) => `${transport} ${address || (token ?? '')}`,
  },
  { label: 'Last seen', isNumber: true, cell: ({ ageMs }) => sinceHeard(ageMs) },
  {
    label: 'Interval',
    hint: 'Mean time between reports',
    isNumber: true,
    cell: ({ everyMs }) => millis(everyMs),
  },
  {
    label: 'Clock offset',
    hint: 'How far its clock is ahead of that of the proxy; nothing depends on it',
    isNumber: true,
    isWide: true,
    cell: ({ clockOffsetMs }) => clockOffset(clockOffsetMs),
  },
  { label: 'Reports', isNumber: true, isWide: true, cell: ({ reports }) => count(reports) },
  {
    label: 'Refused',
    hint: 'Reports in its name that were refused, and why the last one was',
    cell: refusalOf,
  },
  {
    label: 'Servers',
    cell: ({ servers }) => (servers.length > 0 ? servers.map(placeOf).join(', ') : 'none'),
  },
];

const SENDERS: readonly Column<SenderView>[] = [
  { label: 'Sender', cell: ({ source }) => source },
  { label: 'Claims to be', cell: ({ node }) => node ?? 'unreadable' },
  { label: 'Refused', isNumber: true, cell: ({ refused }) => count(refused) },
  { label: 'Last', isNumber: true, cell: ({ lastAt }) => age(proxyNow() - lastAt) },
  { label: 'Why', cell: ({ lastRefusal }) => `${words(lastRefusal.code)}: ${lastRefusal.message}` },
];

const REFUSALS: readonly Column<RefusalView>[] = [
  { label: 'Reason', cell: ({ code }) => words(code) },
  { label: 'Count', isNumber: true, cell: ({ count: number }) => count(number) },
  { label: 'Last', isNumber: true, cell: ({ lastAt }) => age(proxyNow() - lastAt) },
  { label: 'Source', isWide: true, cell: ({ lastSource }) => lastSource },
  { label: 'Message', cell: ({ lastMessage }) => lastMessage },
];

const Names = ({
  title,
  about,
  names,
}: {
  readonly title: string;
  readonly about: string;
  readonly names: readonly string[];
}) =>
  names.length === 0 ? null : (
    <Panel title={title} about={about}>
      <ul class="chips">
        {names.map((name) => (
          <li key={name}>{name}</li>
        ))}
      </ul>
    </Panel>
  );

/** Servers of the configuration that no agent reports for. */
const unreported = (servers: readonly ServerView[]): readonly string[] =>
  servers.filter(({ node }) => node === null).map(({ pool, id }) => `${id} (${pool})`);

/** Nodes that report, and serve no pool here. */
const idle = (nodes: readonly NodeView[], servers: readonly ServerView[]): readonly string[] => {
  const serving = new Set(servers.map(({ node }) => node));
  return nodes.filter(({ name }) => !serving.has(name)).map(({ name }) => name);
};

/** The agents that report here, and whatever is odd about them. */
export const NodesView = () => {
  const { nodes = [], senders = [], refusals = [], servers = [] } = snapshot.value ?? {};
  return (
    <>
      <Panel title="Nodes" about="Agents that report to this proxy.">
        <Table
          name="Nodes"
          columns={NODES}
          items={nodes}
          keyOf={({ name }) => name}
          classOfRow={(node) => (isStale(node) ? 'stale' : '')}
        />
        {snapshot.value && nodes.length === 0 ? (
          <None>
            No agent has reported. Servers without one are balanced by what this proxy counts itself.
          </None>
        ) : null}
      </Panel>
      <Names
        title="Servers without an agent"
        about="Balanced by what this proxy counts itself."
        names={unreported(servers)}
      />
      <Names
        title="Nodes that serve no pool"
        about="They report, and no pool has a server of theirs."
        names={idle(nodes, servers)}
      />
      <Panel title="Refused reports" about="By reason, and by who sent them. Nobody has checked who that is.">
        {refusals.length === 0 ? (
          <None>No report was refused.</None>
        ) : (
          <Table name="Refused reports" columns={REFUSALS} items={refusals} keyOf={({ code }) => code} />
        )}
        {senders.length === 0 ? null : (
          <Table
            name="Senders of refused reports"
            columns={SENDERS}
            items={senders}
            keyOf={({ source, node }) => `${source} ${node ?? ''}`}
          />
        )}
      </Panel>
    </>
  );
};
