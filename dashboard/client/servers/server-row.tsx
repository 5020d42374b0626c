import { useLayoutEffect, useRef } from 'preact/hooks';
import type { ServerView } from '../../../src/control/views/views.ts';
import { isLost, lostSeconds, proxyNow, sinceSnapshot } from '../live/feed.ts';
import { type ServerEntry, setSeen } from '../live/server-entries.ts';
import { Badge, Bar, State } from '../parts/marks.tsx';
import { age, count, decimal, MISSING } from '../state/format.ts';
import { type Column, shownColumns } from './columns.tsx';
import { openMenu } from './row-menu.tsx';

/** Silence after which the proxy takes a server for unknown; the bar of the age is full there, ms. */
export const SILENCE_MS = 20_000;

const entries = new WeakMap<Element, ServerEntry>();
const observer = new IntersectionObserver(
  (seen) => {
    for (const { target, isIntersecting } of seen) {
      const entry = entries.get(target);
      if (entry) setSeen(entry, isIntersecting);
    }
  },
  { rootMargin: '100px' },
);

/** Age of the last report now, ms. While the feed is lost it grows on. */
export const ageOf = ({ ageMs }: ServerView): number | null =>
  ageMs === null ? null : ageMs + (isLost.value && lostSeconds.value >= 0 ? sinceSnapshot() : 0);

/** Where it is and who reports for it. */
const placeText = ({ id, url, node }: ServerView): string => {
  const place = url.replace(/^http:\/\/|\/$/g, '');
  return [...(place === id ? [] : [place]), node ?? 'no agent'].join(' · ');
};

/** Tags, and the application's own numbers. */
const ownText = ({ tags, custom = {} }: ServerView): string =>
  [...tags, ...Object.entries(custom).map(([name, value]) => `${name} ${decimal(value)}`)].join(' · ');

/** Why it is in its state, what share of requests it is to get, and how long by hand. */
const stateText = ({ reason, weight, hand }: ServerView): string =>
  [
    ...(reason ? [reason] : []),
    ...(weight === 1 ? [] : [`weight ${decimal(weight)}`]),
    ...(hand?.by ? [`by ${hand.by}`] : []),
    ...(hand?.until === undefined ? [] : [`for ${age(hand.until - proxyNow())}`]),
  ].join(' · ');

const settingText = (
  who: string,
  what: { readonly state: string; readonly weight?: number; readonly reason: string } | null,
): readonly string[] => {
  if (!what) return [];
  const { state, weight = 1, reason } = what;
  const parts = [state, ...(weight === 1 ? [] : [`weight ${decimal(weight)}`]), ...(reason ? [reason] : [])];
  return [`${who}: ${parts.join(', ')}`];
};

/** What was set, and by whom; else why it is in its state. */
export const settingsOf = ({ reason, hand, told }: ServerView): string =>
  [
    ...settingText(hand?.by ? `by hand of ${hand.by}` : 'by hand', hand),
    ...settingText('by its agent-check', told),
  ].join('\n') ||
  (reason ?? '');

const NameCell = ({ server }: { readonly server: ServerView }) => {
  const own = ownText(server);
  return (
    <th scope="row" class="name">
      <span class="main">
        <span class="id" title={server.id}>
          {server.id}
        </span>
        {server.self ? <Badge>this machine</Badge> : null}
      </span>
      <span class="sub" title={server.source ? `reported by ${server.source}` : placeText(server)}>
        {placeText(server)}
      </span>
      {own ? (
        <span class="sub own" title={own}>
          {own}
        </span>
      ) : null}
    </th>
  );
};

const AgeCell = ({ ms, refused }: { readonly ms: number | null; readonly refused: number }) => {
  const isStale = ms !== null && ms > SILENCE_MS;
  const notes = [...(isStale ? ['stale'] : []), ...(refused > 0 ? [`${count(refused)} refused`] : [])];
  return (
    <td class="age">
      <span class="main barred">
        <span>{ms === null ? 'never' : age(ms)}</span>
        <Bar part={(ms ?? 0) / SILENCE_MS} tone={isStale ? 'full' : ''} />
      </span>
      {notes.length > 0 ? <span class="sub">{notes.join(' · ')}</span> : null}
    </td>
  );
};

const NumberCell = ({ column, server }: { readonly column: Column; readonly server: ServerView }) => {
  const main = column.main(server);
  const sub = column.sub?.(server) ?? '';
  const names = [
    column.isText ? 'text' : 'num',
    column.isReported ? 'reported' : '',
    main === MISSING ? 'empty' : '',
  ];
  return (
    <td class={names.filter((name) => name !== '').join(' ')}>
      <span class="main">{main}</span>
      {sub ? (
        <span class="sub" title={column.isText ? sub : undefined}>
          {sub}
        </span>
      ) : null}
    </td>
  );
};

/** One server. It draws itself anew when its own signal changes; away from the screen it is name and state only. */
export const ServerRow = ({ entry }: { readonly entry: ServerEntry }) => {
  const row = useRef<HTMLTableRowElement>(null);
  const server = entry.server.value;
  const isSeen = entry.isSeen.value;
  useLayoutEffect(() => {
    const node = row.current;
    if (!node) return undefined;
    entries.set(node, entry);
    observer.observe(node);
    return () => {
      observer.unobserve(node);
      setSeen(entry, true);
    };
  }, [entry]);
  const ms = ageOf(server);
  const isStale = ms !== null && ms > SILENCE_MS;
  return (
    <tr ref={row} class={isStale ? 'server stale' : 'server'} data-key={entry.key} tabIndex={-1}>
      <NameCell server={server} />
      <td class="state-cell">
        <span class="main">{isSeen ? <State state={server.state} /> : server.state}</span>
        <span class="sub" title={settingsOf(server)}>
          {stateText(server)}
        </span>
      </td>
      {isSeen ? <AgeCell ms={ms} refused={server.refused} /> : <td class="age" />}
      {isSeen ? (
        shownColumns.value.map((column) => <NumberCell key={column.key} column={column} server={server} />)
      ) : (
        <td key="away" colSpan={shownColumns.value.length} />
      )}
      <td class="menu-cell">
        <button
          type="button"
          class="plain more"
          aria-haspopup="menu"
          aria-label={`Actions for ${server.id}`}
          onClick={({ currentTarget }) => openMenu(server, currentTarget)}
        ></button>
      </td>
    </tr>
  );
};
