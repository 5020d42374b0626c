import { useComputed } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { announcement, freshness, isLost, snapshot } from './live/feed.ts';
import { startKeys } from './live/keys.ts';
import { hashOf, place, VIEW_NAMES, VIEWS, type View } from './live/place.ts';
import { needsToken, session, signOut } from './live/session.ts';
import { THEMES, theme } from './live/settings.ts';
import { KeysDialog, keysAreShown } from './parts/keys-dialog.tsx';
import { TokenForm } from './parts/token-form.tsx';
import { age, plural } from './state/format.ts';
import { stateCounts } from './state/pools.ts';
import { ChainView } from './views/chain-view.tsx';
import { ConfigView } from './views/config-view.tsx';
import { EventsView } from './views/events-view.tsx';
import { ExplainView } from './views/explain-view.tsx';
import { NodesView } from './views/nodes-view.tsx';
import { ServersView } from './views/servers-view.tsx';
import { TrafficView } from './views/traffic-view.tsx';

const PAGES: Readonly<Record<View, ComponentType>> = {
  servers: ServersView,
  chain: ChainView,
  explain: ExplainView,
  traffic: TrafficView,
  nodes: NodesView,
  events: EventsView,
  config: ConfigView,
};

const Tabs = () => (
  <nav aria-label="Views">
    {VIEWS.map((view) => (
      <a key={view} href={hashOf(view)} aria-current={place.value.view === view ? 'page' : undefined}>
        {VIEW_NAMES[view]}
      </a>
    ))}
  </nav>
);

const ThemeSwitch = () => (
  <select
    aria-label="Colours"
    value={theme}
    onChange={({ currentTarget }) => {
      theme.value = THEMES.find((name) => name === currentTarget.value) ?? 'system';
    }}
  >
    <option value="system">Auto</option>
    <option value="light">Light</option>
    <option value="dark">Dark</option>
  </select>
);

const Who = () => {
  const { by, name } = session.value ?? {};
  if (by === undefined || by === 'none') return null;
  return (
    <span class="who dim small">
      {name ?? by}
      {by === 'session' ? (
        <button type="button" class="plain" onClick={() => void signOut()}>
          Sign out
        </button>
      ) : null}
    </span>
  );
};

const Top = () => {
  const summary = useComputed(() => {
    const { servers } = snapshot.value ?? {};
    if (!servers) return '';
    return `${plural(servers.length, 'server')}${servers.length > 0 ? `: ${stateCounts(servers)}` : ''}`;
  });
  const about = useComputed(() => {
    const { version, at, startedAt } = snapshot.value ?? {};
    return version === undefined ? '' : `forehand ${version}, up for ${age((at ?? 0) - (startedAt ?? 0))}`;
  });
  return (
    <header class="top">
      <h1>
        <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="7" />
          <path d="M7 9h18M10 16h12M13 23h6" />
        </svg>
        forehand
      </h1>
      <p class="summary dim">{summary}</p>
      <p class="freshness" title={about}>
        <span class="dot" aria-hidden="true" />
        <span id="as-of">{freshness}</span>
      </p>
      <Who />
      <ThemeSwitch />
      <button
        type="button"
        class="plain help"
        aria-label="Keys"
        onClick={() => {
          keysAreShown.value = true;
        }}
      >
        ?
      </button>
      <Tabs />
    </header>
  );
};

const Refused = () => {
  const error = useComputed(() => {
    const { config } = snapshot.value ?? {};
    return config?.lastResult === 'failed' ? (config.lastError ?? 'no reason was given') : undefined;
  });
  if (error.value === undefined) return null;
  return (
    <section class="banner" role="alert">
      <h2>The last configuration was refused; the one before goes on</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre class="code" tabIndex={0}>
        {error}
      </pre>
    </section>
  );
};

/** The page: its head, what stands above all views, and the view of this address. */
export const Shell = () => {
  const { view } = place.value;
  const Page = PAGES[view];
  const lost = isLost.value;
  useEffect(startKeys, []);
  useEffect(() => {
    document.title = `${VIEW_NAMES[view]} · forehand`;
    // On a phone the tabs are wider than the screen.
    document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [view]);
  return (
    <div class={lost ? 'app lost' : 'app'}>
      <Top />
      <p class="hidden" role="status">
        {announcement}
      </p>
      <main>
        {needsToken.value ? <TokenForm /> : null}
        {lost && !needsToken.value ? <p class="lost-line">{freshness}: what stands here is old.</p> : null}
        <Refused />
        {needsToken.value ? null : <Page key={view} />}
      </main>
      <KeysDialog />
    </div>
  );
};
