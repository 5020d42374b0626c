import { signal } from '@preact/signals';
import { events, snapshot } from '../live/feed.ts';
import { Moment } from '../parts/marks.tsx';
import { None, Panel } from '../parts/panel.tsx';
import { words } from '../state/format.ts';
import { EVENT_GROUP_NAMES, eventGroup } from '../state/merging.ts';

const wanted = signal('');
const group = signal('');

const Tools = () => (
  <>
    <label class="inline">
      Kind
      <select
        value={group}
        onChange={({ currentTarget }) => {
          group.value = currentTarget.value;
        }}
      >
        <option value="">all</option>
        {EVENT_GROUP_NAMES.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
    <input
      id="filter"
      type="search"
      placeholder="Filter ( / )"
      aria-label="Filter events"
      autocomplete="off"
      spellcheck={false}
      value={wanted}
      onInput={({ currentTarget }) => {
        wanted.value = currentTarget.value;
      }}
    />
  </>
);

/** What happened: changes of state, reloads, faults, what was set by hand; newest first. */
export const EventsView = () => {
  const text = wanted.value.trim().toLowerCase();
  const shown = events.value.filter(
    ({ kind, message }) =>
      (group.value === '' || eventGroup(kind) === group.value) &&
      `${kind} ${message}`.toLowerCase().includes(text),
  );
  const isEmpty = snapshot.value !== undefined && events.value.length === 0;
  return (
    <Panel title="Events" about="Newest first; the log has them too." tools={<Tools />}>
      {isEmpty ? <None>Nothing has happened yet.</None> : null}
      {!isEmpty && shown.length === 0 ? <None>No event fits the filter.</None> : null}
      <ol class="rows events" aria-label="Events">
        {shown.map(({ key, at, kind, message }) => (
          <li key={key} class="event">
            <Moment at={at} />
            <span class="kind" title={kind}>
              {words(kind)}
            </span>
            <span class="message">{message}</span>
          </li>
        ))}
      </ol>
    </Panel>
  );
};
