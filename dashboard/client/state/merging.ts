import type { DecisionView, EventView } from '../../../src/control/views/views.ts';

/** Most decisions and events that the page keeps, so that it does not grow while it stands open. */
export const MOST_DECISIONS = 200;
export const MOST_EVENTS = 1000;

const namesIn = ({ steps }: DecisionView): number =>
  steps.reduce((sum, { dropped }) => sum + dropped.length, 0);

/** The same decision come again: with its outcome, and with the longer of its lists; snapshots cut these short. */
const fuller = (known: DecisionView | undefined, come: DecisionView): DecisionView => {
  if (!known) return come;
  const { steps, ranked } = namesIn(known) > namesIn(come) ? known : come;
  return { ...come, steps, ranked, outcome: come.outcome ?? known.outcome };
};

/** Decisions known so far with those that have come, newest first. */
export const mergeDecisions = (
  known: readonly DecisionView[],
  come: readonly DecisionView[],
): readonly DecisionView[] => {
  const all = new Map(known.map((decision) => [decision.id, decision]));
  for (const decision of come) all.set(decision.id, fuller(all.get(decision.id), decision));
  return [...all.values()].sort((a, b) => b.at - a.at).slice(0, MOST_DECISIONS);
};

/** An event with a key: events have no id. */
export interface KeyedEvent extends EventView {
  readonly key: string;
}

/** Two events of the same moment and text are told apart by their number among these. */
const keyed = (events: readonly EventView[]): readonly KeyedEvent[] => {
  const seen = new Map<string, number>();
  return events.map((event) => {
    const text = `${event.at} ${event.kind} ${event.message}`;
    const number = (seen.get(text) ?? 0) + 1;
    seen.set(text, number);
    return { ...event, key: `${text} ${number}` };
  });
};

/**
 * Events known so far with those that have come, newest first. `come` is a whole piece of the list, or one that was sent
 * by itself and may come again in the next piece.
 */
export const mergeEvents = (
  known: readonly KeyedEvent[],
  come: readonly EventView[],
): readonly KeyedEvent[] => {
  const all = new Map(known.map((event) => [event.key, event]));
  for (const event of keyed(come)) if (!all.has(event.key)) all.set(event.key, event);
  if (all.size === known.length) return known;
  return [...all.values()].sort((a, b) => b.at - a.at).slice(0, MOST_EVENTS);
};

const EVENT_GROUPS: readonly (readonly [string, RegExp])[] = [
  ['Set by hand', /^server_set/],
  ['Configuration', /^(config|reload|workers_replaced|worker_kept)/],
  ['Functions', /^script/],
  ['Servers and nodes', /^(server|node|agent|health|outlier|pool|discover)/],
];

/** What kind of event it is, in the words of the filter. */
export const eventGroup = (kind: string): string =>
  EVENT_GROUPS.find(([, pattern]) => pattern.test(kind))?.[0] ?? 'The proxy';

export const EVENT_GROUP_NAMES: readonly string[] = [...EVENT_GROUPS.map(([name]) => name), 'The proxy'];
