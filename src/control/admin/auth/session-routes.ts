import type { IncomingMessage } from 'node:http';
import { z } from '../../../core/options.ts';
import { type Answer, errorAnswer, jsonAnswer } from '../admin-answer.ts';
import { readQuestion } from '../admin-question.ts';
import { ask, get, type Route } from '../admin-route.ts';
import { shapeOf } from '../shapes/shape.ts';
import type { AdminAccess } from './admin-access.ts';
import { type Caller, callerOf } from './caller.ts';
import { sessionCookie, sessionIds } from './session-cookie.ts';

/** What these routes need of AdminAccess. */
export type SessionDoor = Pick<AdminAccess, 'takeToken' | 'sessions' | 'mayStay'>;

const credentials = z.strictObject({ token: z.string().min(1).max(1024) });

const sessionShape = shapeOf<Caller>('Session')(
  z.strictObject({
    name: z.string().nullable(),
    scope: z.enum(['read', 'write']),
    by: z.enum(['none', 'basic', 'bearer', 'certificate', 'proxy', 'session']),
  }),
);
const endedShape = z.strictObject({ ended: z.literal(true) });

const end = ({ sessions }: SessionDoor, req: IncomingMessage): void => {
  for (const id of sessionIds(req)) sessions.end(id);
};

const begin = (door: SessionDoor | undefined, body: string, req: IncomingMessage): Answer => {
  const read = readQuestion(body, credentials, 'bad_session');
  if ('fault' in read) return read.fault;
  if (!door) return errorAnswer(409, 'no_tokens', 'this proxy takes no tokens');
  const found = door.takeToken(req, read.value.token);
  if ('status' in found) return found;
  end(door, req);
  const id = door.sessions.begin(found.mark);
  return { ...jsonAnswer(found.caller), headers: { 'set-cookie': sessionCookie(req, id) } };
};

/** `/api/v1/session`. Without a door nobody is asked who he is. */
export const sessionRoutes = (door: SessionDoor | undefined): readonly Route[] => [
  get({ summary: 'Who asks, and what he may do', answer: sessionShape }, ({ req }) =>
    jsonAnswer(callerOf(req)),
  ),
  ask(
    {
      summary: 'Gives a browser a cookie for a token',
      body: credentials,
      answer: sessionShape,
      errors: [409],
    },
    ({ req, body }) => begin(door, body, req),
  ),
  {
    method: 'DELETE',
    changes: false,
    doc: { summary: 'Ends the session of the cookie', answer: endedShape },
    answer: ({ req }) => {
      if (door) end(door, req);
      return { ...jsonAnswer({ ended: true }), headers: { 'set-cookie': sessionCookie(req) } };
    },
  },
];
