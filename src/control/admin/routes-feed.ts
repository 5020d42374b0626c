import { Feed } from '../feed/feed.ts';
import { snapshotText } from '../feed/snapshot-text.ts';
import type { AdminParts } from '../views/views.ts';
import { type Answer, errorAnswer, jsonAnswer } from './admin-answer.ts';
import { MOST_NEWEST, readCount } from './admin-decisions.ts';
import { type Asked, at, get, type Route, type RouteDoc, type RoutesAt } from './admin-route.ts';
import type { SessionDoor } from './auth/session-routes.ts';
import { noTraffic } from './routes-control.ts';
import { eventsShape } from './shapes/control-shapes.ts';

const typesOf = (accept: string | undefined): readonly string[] =>
  (accept ?? '*/*').split(',').map((type) => type.split(';', 1)[0]?.trim().toLowerCase() ?? '');

/**
 * Whether the client is to have server-sent events: it asks for them, as an EventSource does; or it takes anything, as
 * `curl -N` does, and names no number of events.
 */
const wantsFeed = ({ req, query }: Asked): boolean => {
  if (req.method !== 'GET') return false;
  const types = typesOf(req.headers.accept);
  return types.includes('text/event-stream') || (!query.has('n') && types.every((type) => type === '*/*'));
};

const DOC: RouteDoc = {
  summary:
    'All that the dashboard shows, as server-sent events; with `n`, or for JSON, what happened, newest first',
  query: {
    n: {
      description: 'how many, as a list and not as server-sent events',
      schema: { type: 'integer', minimum: 1, maximum: MOST_NEWEST },
    },
  },
  answer: eventsShape,
  errors: [503],
  streams: true,
};

const listed = (parts: AdminParts, query: URLSearchParams): Answer => {
  const count = readCount(query, 'n', MOST_NEWEST);
  return typeof count === 'number' ? jsonAnswer(parts.events(count)) : count;
};

/** What happened: as a list, or as a feed that goes on. `door`: knows whose session has ended. */
export const feedRoutes = (parts: AdminParts, door?: Pick<SessionDoor, 'mayStay'>): readonly RoutesAt[] => {
  const feed = new Feed({
    snapshot: () => snapshotText(parts, noTraffic),
    follow: (heard) => parts.follow(heard),
    mayStay: (req) => door?.mayStay(req) ?? true,
  });
  const answer: Route['answer'] = (asked) => {
    if (!wantsFeed(asked)) return listed(parts, asked.query);
    if (feed.isFull) return errorAnswer(503, 'full', 'too many feeds are open; try again later');
    return { stream: (req, res, headers) => feed.open(req, res, headers) };
  };
  return [at('/api/v1/events', get(DOC, answer))];
};
