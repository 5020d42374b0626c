import { Feed } from '../feed/feed.ts';
import { snapshotText } from '../feed/snapshot-text.ts';
import type { AdminParts } from '../views.ts';
import { type Answer, errorAnswer, jsonAnswer } from './admin-answer.ts';
import { MOST_NEWEST, readCount } from './admin-decisions.ts';
import { type Asked, at, get, type Route, type RouteDoc, type RoutesAt } from './admin-route.ts';
import { noTraffic } from './routes-control.ts';
import { eventsShape } from './shapes/control-shapes.ts';

/** Whether the client asks for server-sent events, as an EventSource does. */
const wantsFeed = ({ req }: Asked): boolean =>
  req.method === 'GET' &&
  (req.headers.accept ?? '')
    .toLowerCase()
    .split(',')
    .some((type) => type.split(';', 1)[0]?.trim() === 'text/event-stream');

const DOC: RouteDoc = {
  summary: 'What happened, newest first; as server-sent events all that the dashboard shows',
  query: {
    n: {
      description: 'how many; not for server-sent events',
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

/** What happened: as a list, or as a feed that goes on. */
export const feedRoutes = (parts: AdminParts): readonly RoutesAt[] => {
  const feed = new Feed({
    snapshot: () => snapshotText(parts, noTraffic),
    follow: (heard) => parts.follow(heard),
  });
  const answer: Route['answer'] = (asked) => {
    if (!wantsFeed(asked)) return listed(parts, asked.query);
    if (feed.isFull) return errorAnswer(503, 'full', 'too many feeds are open; try again later');
    return { stream: (req, res, headers) => feed.open(req, res, headers) };
  };
  return [at('/api/v1/events', get(DOC, answer))];
};
