import { batch, type Signal, signal } from '@preact/signals';
import type { ServerView } from '../../../src/control/views/views.ts';
import { keyOf } from '../state/histories.ts';
import { onSnapshot } from './feed.ts';

/** A server as its row shows it. Of hundreds, only rows on the screen follow every snapshot and show their numbers. */
export interface ServerEntry {
  readonly key: string;
  readonly server: Signal<ServerView>;
  latest: ServerView;
  readonly isSeen: Signal<boolean>;
}

const entries = new Map<string, ServerEntry>();

/** What a reader who does not see the numbers must hear of all the same. */
const isOther = (a: ServerView, b: ServerView): boolean => a.state !== b.state || a.reason !== b.reason;

/** The entry of a server of the last snapshot. */
export const entryOf = (server: ServerView): ServerEntry => {
  const key = keyOf(server);
  const known = entries.get(key);
  if (known) return known;
  const made = { key, server: signal(server), latest: server, isSeen: signal(true) };
  entries.set(key, made);
  return made;
};

/** Says that a row has come on the screen, or left it. */
export const setSeen = (entry: ServerEntry, isSeen: boolean): void => {
  batch(() => {
    entry.isSeen.value = isSeen;
    if (isSeen) entry.server.value = entry.latest;
  });
};

onSnapshot(({ servers }) => {
  const keys = new Set<string>();
  for (const server of servers) {
    const entry = entryOf(server);
    keys.add(entry.key);
    if (entry.isSeen.peek() || isOther(entry.latest, server)) entry.server.value = server;
    entry.latest = server;
  }
  for (const key of entries.keys()) if (!keys.has(key)) entries.delete(key);
});
