import type { BoardEvent } from '../../core/board.ts';

/** What happened on the board, as a sentence for the event log. */
export const boardEventText = (event: BoardEvent): string =>
  'node' in event
    ? `${event.kind.replace('_', ' ')}: ${event.node}`
    : `${event.kind.replace('_', ' ')}: ${event.server} in pool ${event.pool}`;
