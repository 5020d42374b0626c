import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FeedHeard } from '../views/admin-parts.ts';
import { eventMessage, Message } from './message.ts';
import { Viewer } from './viewer.ts';

/** Most who may watch at once. */
export const MOST_VIEWERS = 100;
const SNAPSHOT_MS = 1000;
const COMMENT_MS = 15_000;
/** So soon an EventSource comes again. */
const RETRY = new Message('retry: 1000\n\n');
const COMMENT = new Message(': still here\n\n');

export interface FeedParts {
  /** A snapshot of now, as JSON without line breaks. */
  snapshot(): string;
  /** Tells what happens until the function that it gives is called. */
  follow(heard: FeedHeard): () => void;
  /** Whether who asked this may go on watching; looked at with every snapshot. Everybody may if left out. */
  mayStay?(req: IncomingMessage): boolean;
}

/**
 * Shows the same to all who watch: a snapshot at once, every second and when a server's state has changed, and what
 * happens in between. Each message is made once. While nobody watches nothing is made, and nothing is followed.
 */
export class Feed {
  readonly #parts: FeedParts;
  /** With what they asked. */
  readonly #viewers = new Map<Viewer, IncomingMessage>();
  #latest: Message | undefined = undefined;
  #made = 0;
  #stop: (() => void) | undefined = undefined;

  constructor(parts: FeedParts) {
    this.#parts = parts;
  }

  /** No more may come. */
  get isFull(): boolean {
    return this.#viewers.size >= MOST_VIEWERS;
  }

  /** Shows it to one more, until he goes. `headers` are those of every answer. */
  open(req: IncomingMessage, res: ServerResponse, headers: Readonly<Record<string, string>>): void {
    if (res.destroyed) return;
    this.#stop ??= this.#start();
    const viewer = new Viewer(req, res, headers, () => this.#left(viewer));
    this.#viewers.set(viewer, req);
    viewer.send(RETRY, false);
    this.#latest ??= this.#make();
    viewer.send(this.#latest, true);
  }

  #start(): () => void {
    const ticks = setInterval(() => this.#show(), SNAPSHOT_MS);
    const comments = setInterval(() => this.#tell(COMMENT, false), COMMENT_MS);
    const unfollow = this.#parts.follow({
      event: (event) => this.#tell(eventMessage('event', JSON.stringify(event)), false),
      changed: () => this.#show(),
    });
    return () => {
      clearInterval(ticks);
      clearInterval(comments);
      unfollow();
    };
  }

  #left(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
    this.#latest = undefined;
  }

  #make(): Message {
    this.#made += 1;
    return eventMessage('snapshot', this.#parts.snapshot(), this.#made);
  }

  #show(): void {
    for (const [viewer, req] of this.#viewers) if (this.#parts.mayStay?.(req) === false) viewer.close();
    this.#latest = this.#make();
    this.#tell(this.#latest, true);
  }

  #tell(message: Message, isSnapshot: boolean): void {
    for (const viewer of this.#viewers.keys()) viewer.send(message, isSnapshot);
  }
}
