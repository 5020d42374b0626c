import type { IncomingMessage, RequestListener } from 'node:http';
import type { Choice } from '../core/choose.ts';
import { isServer, type LocalAnswer } from '../core/route-rules.ts';
import type { Server } from '../core/types.ts';
import { FAULT, type OwnAnswer } from './answer.ts';
import type { DoorParts, Termination } from './door-parts.ts';
import { hasBody } from './request-fields.ts';
import { fieldsOf } from './rules.ts';

/** What becomes of a request before any server is asked. */
export type Verdict =
  | { readonly kind: 'forward'; readonly server: Server }
  | { readonly kind: 'serve'; readonly listener: RequestListener; readonly server: Server }
  | { readonly kind: 'next'; readonly termination: Termination }
  | Said;

/** An answer in place of a server's, and how the exchange counts then. */
export interface Said {
  readonly kind: 'answer';
  readonly answer: Omit<OwnAnswer, 'requestId'>;
  readonly termination: Termination;
}

/** An answer that rules have made. Throws where it cannot be sent. */
export const sayRuled = (local: LocalAnswer, termination: Termination): Said => {
  const { status, reason, body } = local;
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw new RangeError(`an answer with status ${status}`);
  const answer = { status, reason, fields: fieldsOf(local), ...(body ? { body } : {}) };
  return { kind: 'answer', answer, termination };
};

/** An answer of our own. */
export const say = (
  status: number,
  reason: string,
  termination: Termination,
  fields: Record<string, string> = {},
): Said => ({
  kind: 'answer',
  answer: { status, reason, fields, close: status === 400 || status === 413 },
  termination,
});

/** A function may name any place: what a header cannot carry is sent as percent-encoded UTF-8 (RFC 3986, 2.1). */
const sendable = (location: string): string =>
  location.replace(/[^\x21-\x7e]+/g, (text) =>
    Buffer.from(text).toString('hex').toUpperCase().replace(/../g, '%$&'),
  );

/** For a request that is not to go any further (RFC 9110, 7.6.2). */
export const TURN_BACK = say(200, 'the request was not to be forwarded', 'local', {
  Allow: 'OPTIONS, TRACE',
});
/** For a fault of ours. */
export const FAULTY = say(FAULT.status, FAULT.reason, 'no_server');
/** For a request that nobody can take. */
export const NO_SERVER = say(503, 'no server can take the request now', 'no_server', { 'Retry-After': '1' });

/** What the rules of the route answer with, else the application, else the server on this machine, else nobody. */
const localVerdict = ({ route, decision }: Choice, canPass: boolean, parts: DoorParts): Verdict => {
  const local = route.rules?.local;
  if (local && !isServer(local)) return sayRuled(local, 'local');
  if (local) {
    const listener = parts.local?.(local, decision.request);
    return listener ? { kind: 'serve', listener, server: local } : NO_SERVER;
  }
  if (canPass) return { kind: 'next', termination: 'local' };
  const { self } = decision.chain.pool;
  return self ? { kind: 'forward', server: self } : NO_SERVER;
};

/** Where a request that was decided goes. @param canPass the application has handlers of its own. */
export const deliver = (choice: Choice, canPass: boolean, parts: DoorParts): Verdict => {
  const { delivery, redirect, chosen } = choice.decision;
  if (redirect)
    return say(redirect.status, `go to ${redirect.location}`, 'redirect', {
      Location: sendable(redirect.location),
    });
  if (delivery === 'local') return localVerdict(choice, canPass, parts);
  return chosen ? { kind: 'forward', server: chosen } : NO_SERVER;
};

/** What is wrong with the content of a request; undefined if nothing is. */
export const bodyVerdict = (req: IncomingMessage, limit: number | undefined): Verdict | undefined => {
  if (!hasBody(req)) return undefined;
  if (req.readableDidRead || req.readableEnded)
    return say(
      500,
      'the body was read before it came here; mount forehand before body parsers',
      'bad_request',
    );
  const length = Number(req.headers['content-length'] ?? 0);
  return limit !== undefined && length > limit ? say(413, 'the body is too large', 'bad_request') : undefined;
};
