import { useComputed } from '@preact/signals';
import { snapshot } from '../live/feed.ts';
import { density } from '../live/settings.ts';
import { None, Panel, Scroll } from '../parts/panel.tsx';
import { OrderDialog } from '../servers/order-dialog.tsx';
import { RowMenu } from '../servers/row-menu.tsx';
import { ServerDetails } from '../servers/server-details.tsx';
import { filter, ServerTable, shownServers } from '../servers/server-table.tsx';
import { csvOf } from '../state/exporting.ts';

/** Hands a text to the reader as a file. */
const save = (name: string, type: string, text: string): void => {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
};

const saveCsv = (): void => save('servers.csv', 'text/csv', csvOf(snapshot.value?.servers ?? []));
const saveJson = (): void =>
  save('servers.json', 'application/json', `${JSON.stringify(snapshot.value?.servers ?? [], null, 2)}\n`);

const Tools = () => (
  <>
    <input
      id="filter"
      type="search"
      placeholder="Filter ( / )"
      aria-label="Filter servers"
      autocomplete="off"
      spellcheck={false}
      value={filter}
      onInput={({ currentTarget }) => {
        filter.value = currentTarget.value;
      }}
    />
    <button
      type="button"
      aria-pressed={density.value === 'compact'}
      onClick={() => {
        density.value = density.value === 'compact' ? 'comfortable' : 'compact';
      }}
    >
      Compact
    </button>
    <button type="button" aria-label="Export as CSV" onClick={saveCsv}>
      CSV
    </button>
    <button type="button" aria-label="Export as JSON" onClick={saveJson}>
      JSON
    </button>
  </>
);

const Empty = () => {
  const servers = useComputed(() => snapshot.value?.servers.length);
  if (servers.value === 0) return <None>No pool has a server yet.</None>;
  if (servers.value !== undefined && shownServers.value === 0) return <None>No server fits the filter.</None>;
  return null;
};

/** Every server with what is known of it, by pool. */
export const ServersView = () => (
  <>
    <Panel title="Servers" tools={<Tools />}>
      <Scroll label="Servers, scrollable">
        <ServerTable />
      </Scroll>
      <Empty />
    </Panel>
    <RowMenu />
    <OrderDialog />
    <ServerDetails />
  </>
);
