import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { messageOf } from '../core/errors.ts';
import type { HandlerContext } from '../core/handler.ts';
import { fileResponse, sendOrdered } from './file-orders.ts';
import { writeContent, writeHead } from './handler-answer.ts';
import { handlerRequest } from './handler-request.ts';
import type { LocalFacts } from './local-field.ts';
import type { HandlerParts, LocalHandler, OpenSession } from './local-source.ts';
import { say } from './say.ts';

/** Says why what a handler answered is no answer; undefined if it is one. */
const answerFault = (response: unknown): string | undefined => {
  if (!(response instanceof Response)) {
    const what = response === null ? 'null' : typeof response;
    return `returned ${what === 'object' ? 'an object' : what}, not a Response`;
  }
  if (response.status === 0) return 'returned Response.error(), which is no answer';
  return response.bodyUsed || response.body?.locked
    ? 'returned an answer whose body was read already'
    : undefined;
};

/** One request to a handler. */
export interface HandlerCall {
  readonly handler: LocalHandler;
  readonly route: string;
  readonly parts: HandlerParts;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly facts: LocalFacts;
}

const contextOf = (
  { handler, route, facts }: HandlerCall,
  open: OpenSession | undefined,
): HandlerContext => ({
  clientIp: facts.clientIp,
  route,
  ...(open && { session: open.session }),
  sendFile: (path, options) => fileResponse(dirname(handler.entry), path, options),
});

/** Calls it under the watchdog. */
const callGuarded = ({ guard, value }: LocalHandler, request: Request, context: HandlerContext): unknown => {
  guard.enter();
  try {
    return value(request, context);
  } finally {
    guard.leave();
  }
};

const answer = async (
  { handler, req, res }: HandlerCall,
  response: Response,
  open: OpenSession | undefined,
): Promise<void> => {
  writeHead(response, res);
  const cookie = open?.finish();
  if (cookie !== undefined) res.appendHeader('Set-Cookie', cookie);
  // What the handler has not read of the request must not be taken for the next one.
  if (!req.complete) res.setHeader('Connection', 'close');
  if (await sendOrdered(response, req, res)) return;
  try {
    await writeContent(response, res);
  } catch (thrown) {
    handler.guard.fault('throw', `its answer broke off: ${messageOf(thrown)}`, thrown);
  }
};

const refuse = ({ res }: HandlerCall, status: number): void => {
  if (res.destroyed) return;
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  if (res.headersSent) res.destroy();
  else say(res, status, { Connection: 'close' });
};

const run = async (call: HandlerCall, request: Request): Promise<void> => {
  const { handler, parts, req, res, facts } = call;
  const { guard } = handler;
  try {
    const open = await parts.sessions?.open(req.headers.cookie, facts.scheme === 'https');
    const response: unknown = await callGuarded(handler, request, contextOf(call, open));
    const fault = answerFault(response);
    if (res.destroyed) return;
    if (fault === undefined && response instanceof Response) await answer(call, response, open);
    else {
      guard.fault('bad_result', fault ?? '');
      refuse(call, 500);
    }
  } catch (thrown) {
    // What a handler throws because its client has left is no fault of it.
    if (!res.destroyed) guard.fault('throw', messageOf(thrown), thrown);
    refuse(call, 500);
  }
};

const requestFor = (req: IncomingMessage, facts: LocalFacts, signal: AbortSignal): Request | 400 | 501 => {
  try {
    return handlerRequest(req, facts, signal);
  } catch {
    return /^(?:TRACE|TRACK|CONNECT)$/.test(req.method ?? '') ? 501 : 400;
  }
};

/** Has a handler answer. Its request is aborted when the client leaves. Never rejects. */
export const answerHandler = async (call: HandlerCall): Promise<void> => {
  const { handler, parts, req, res, facts } = call;
  if (handler.guard.bypassed) {
    refuse(call, 503);
    return;
  }
  const left = new AbortController();
  const request = requestFor(req, facts, left.signal);
  if (typeof request === 'number') {
    refuse(call, request);
    return;
  }
  const end = parts.begin(handler.reference, handler.hash);
  res.once('close', () => {
    if (!res.writableFinished) left.abort();
    end();
  });
  await run(call, request);
};
