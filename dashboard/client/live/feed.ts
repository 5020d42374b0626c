import { batch, computed, signal } from '@preact/signals';
import type { Snapshot } from '../../../src/control/feed/snapshot.ts';
import type { DecisionView, EventView } from '../../../src/control/views/views.ts';
import { Changes } from '../state/changes.ts';
import { age } from '../state/format.ts';
import { ChainWindows } from '../state/funnel.ts';
import { Histories } from '../state/histories.ts';
import { type KeyedEvent, mergeDecisions, mergeEvents } from '../state/merging.ts';
import { learnAgain, needsToken } from './session.ts';

/** The last snapshot; undefined before the first. */
export const snapshot = signal<Snapshot | undefined>(undefined);
/** Decisions and events seen so far, newest first. */
export const decisions = signal<readonly DecisionView[]>([]);
export const events = signal<readonly KeyedEvent[]>([]);
/** What to say to those who do not see the page. */
export const announcement = signal('');
/** No snapshot has come for too long. */
export const isLost = signal(false);
/** Goes up once a second while the feed is lost: ages go on without it. */
export const lostSeconds = signal(0);

export const histories = new Histories();
export const chainWindows = new ChainWindows();
export const changes = new Changes();

/** A snapshot comes every second; within two the page says that one is missing. */
const LOST_AFTER_MS = 1850;
/** Ages go on so long after a snapshot, and then as often: with it, that draws the page twice a second. */
const TICK_MS = 620;
/** With more servers than this a page is drawn for snapshots only; where one is late, ages go on. */
const MANY_SERVERS = 100;
const LATE_MS = 1100;
const LATE_TICK_MS = 400;

const untilTick = (since: number): number => {
  const isBig = (snapshot.peek()?.servers.length ?? 0) > MANY_SERVERS;
  if (!isBig) return TICK_MS;
  return since < LATE_MS ? LATE_MS : LATE_TICK_MS;
};
/** The browser connects again by itself unless it was refused; then the page does. */
const AGAIN_MS = 1000;

/** When the last snapshot came, on the browser's monotonic clock. */
let arrivedAt = Number.NaN;
const openedAt = performance.now();
/** Proxy's epoch minus the browser's, ms. */
let clockOffset = 0;

/** Milliseconds since the last snapshot; since the page was opened before the first. */
export const sinceSnapshot = (): number =>
  performance.now() - (Number.isNaN(arrivedAt) ? openedAt : arrivedAt);

/** The proxy's clock as this page believes, epoch ms. */
export const proxyNow = (): number => Date.now() + clockOffset;

const sinceText = signal('');

/** How old everything on the page is, for each panel. */
export const freshness = computed(() => {
  if (isLost.value) return snapshot.value ? `no answer for ${sinceText.value}` : 'no answer yet';
  return snapshot.value ? `as of ${sinceText.value} ago` : 'connecting';
});

const listeners: ((next: Snapshot) => void)[] = [];

/** Has a function called for every snapshot, in the same batch as the signals. */
export const onSnapshot = (listener: (next: Snapshot) => void): void => {
  listeners.push(listener);
};

const take = (next: Snapshot): void => {
  arrivedAt = performance.now();
  clockOffset = next.at - Date.now();
  batch(() => {
    histories.take(next.at, next.servers);
    chainWindows.take(next.at, next.chains);
    const said = changes.take(next.at, next.servers);
    if (said.length > 0) announcement.value = said.join('; ');
    changes.hear(next.events);
    for (const listener of listeners) listener(next);
    decisions.value = mergeDecisions(decisions.value, next.decisions);
    events.value = mergeEvents(events.value, next.events);
    snapshot.value = next;
    tick();
  });
};

/** Decisions that were asked for besides. */
export const addDecisions = (come: readonly DecisionView[]): void => {
  decisions.value = mergeDecisions(decisions.value, come);
};

let next: ReturnType<typeof setTimeout> | undefined;

const tick = (): void => {
  clearTimeout(next);
  const since = sinceSnapshot();
  next = setTimeout(tick, untilTick(since));
  const lost = since > LOST_AFTER_MS;
  batch(() => {
    sinceText.value = age(since);
    if (lost) lostSeconds.value = Math.floor(since / 1000);
    if (lost === isLost.value) return;
    isLost.value = lost;
    if (snapshot.value) announcement.value = lost ? 'the proxy does not answer' : 'the proxy answers again';
  });
};

const read = (event: Event): string => (event instanceof MessageEvent ? String(event.data) : '');

const connect = (): void => {
  const source = new EventSource('/api/v1/events');
  source.addEventListener('snapshot', (event) => {
    const next: Snapshot = JSON.parse(read(event));
    take(next);
  });
  source.addEventListener('event', (event) => {
    const one: EventView = JSON.parse(read(event));
    changes.hear([one]);
    events.value = mergeEvents(events.value, [one]);
  });
  source.addEventListener('error', () => {
    if (source.readyState !== EventSource.CLOSED) return;
    source.close();
    void learnAgain().then(() => setTimeout(connectUnlessAsked, AGAIN_MS));
  });
};

/** Not while the form for a token stands: each try would be a refusal more. */
const connectUnlessAsked = (): void => {
  if (!needsToken.value) {
    connect();
    return;
  }
  const stop = needsToken.subscribe((needs) => {
    if (needs) return;
    queueMicrotask(() => stop());
    connect();
  });
};

/** Begins to listen. Call it once. */
export const startFeed = (): void => {
  connect();
  tick();
};
