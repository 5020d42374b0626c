import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AdminParts } from '../views.ts';
import { type Answer, errorAnswer } from './admin-answer.ts';
import { readBody } from './admin-body.ts';
import { changeFault, hostFault } from './admin-guard.ts';
import { adminRoutes, type Route } from './admin-routes.ts';

/** A file of the status page by its path, `/` for the page itself. Undefined for what is none. */
export type PageHandler = (
  path: string,
) => { readonly contentType: string; readonly body: Buffer | string } | undefined;

export interface AdminSettings {
  /**
   * Asked for every path but `/livez` and `/readyz`, after the Host field: who asks, or the answer to somebody who may
   * not. `changes`: more than looking is wanted. Without it everybody may do everything.
   */
  authorize?(
    req: IncomingMessage,
    path: string,
    changes: boolean,
  ): Answer | undefined | Promise<Answer | undefined>;
  /** Names and addresses besides the loopback ones that mean this listener, without ports and brackets. */
  hosts(): readonly string[];
  /** Told of what went wrong inside while a path was answered; the client is told nothing of it. */
  onError(thrown: unknown, path: string): void;
}

/** Nothing here may be kept, framed, guessed at or made to run what the page did not bring along. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

const send = (req: IncomingMessage, res: ServerResponse, answer: Answer): void => {
  if (res.destroyed) return;
  const { status, contentType, body, allow } = answer;
  res.writeHead(status, {
    ...HEADERS,
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    ...(allow ? { allow } : {}),
    // A body that was not read cannot be told from the next request.
    ...(req.complete ? {} : { connection: 'close' }),
  });
  res.end(body);
};

const pageRoutes = (page: PageHandler, path: string): readonly Route[] => {
  const file = page(path);
  return file ? [{ method: 'GET', changes: false, query: [], answer: () => ({ status: 200, ...file }) }] : [];
};

const wrongMethod = (routes: readonly Route[]): Answer => {
  const allow = routes.map(({ method }) => (method === 'GET' ? 'GET, HEAD' : method)).join(', ');
  return { ...errorAnswer(405, 'method_not_allowed', `this path takes ${allow}`), allow };
};

const queryFault = (query: URLSearchParams, route: Route): Answer | undefined => {
  const names = [...query.keys()];
  const unknown = names.find((name, i) => !route.query.includes(name) || names.indexOf(name) !== i);
  if (unknown === undefined) return undefined;
  return errorAnswer(400, 'bad_query', `the parameter "${unknown}" is not known here, or stands twice`);
};

/**
 * The answers of the admin listener as a handler for node:http. Looks at the Host field before anything else, and for
 * POST and PUT at where the request comes from.
 */
export const createAdminHandler = (
  parts: AdminParts,
  page: PageHandler,
  settings: AdminSettings,
): ((req: IncomingMessage, res: ServerResponse) => void) => {
  const routes = adminRoutes(parts);
  const answer = async (req: IncomingMessage): Promise<Answer> => {
    const [path = '', search = ''] = (req.url ?? '').split(/\?(.*)/s);
    const fault = hostFault(req, settings.hosts());
    if (fault) return fault;
    const here = routes.get(path) ?? pageRoutes(page, path);
    if (here.length === 0) return errorAnswer(404, 'not_found', 'there is nothing at this path');
    const wanted = req.method === 'HEAD' ? 'GET' : req.method;
    const route = here.find(({ method }) => method === wanted);
    if (!route) return wrongMethod(here);
    const refusal = await settings.authorize?.(req, path, route.changes);
    if (refusal) return refusal;
    const query = new URLSearchParams(search);
    const misuse = queryFault(query, route);
    if (misuse) return misuse;
    if (route.method === 'GET') return route.answer(query, '');
    const body = changeFault(req) ?? (await readBody(req));
    return typeof body === 'string' ? route.answer(query, body) : body;
  };
  return (req, res) => {
    answer(req)
      .then((found) => send(req, res, found))
      .catch((thrown: unknown) => {
        if (req.destroyed && !req.complete) return;
        settings.onError(thrown, req.url ?? '');
        if (!res.headersSent)
          send(req, res, errorAnswer(500, 'internal', 'something went wrong; the log says what'));
      });
  };
};

export interface AdminLimits {
  /** ms */
  readonly headersTimeout: number;
  /** ms for a whole request with its body. */
  readonly requestTimeout: number;
  /** ms between requests on a connection. */
  readonly keepAliveTimeout: number;
  /** ms without a byte in either direction: for clients that do not read their answer. */
  readonly idleTimeout: number;
  readonly maxConnections: number;
}

/** A person's browser and a few tools are served; whoever is slower or more than this is let go. */
export const ADMIN_LIMITS: AdminLimits = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  idleTimeout: 30_000,
  maxConnections: 256,
};

/** How often node:http looks for requests that are over their time, ms. */
const CHECK_EVERY_MS = 1000;
const MAX_HEADER_BYTES = 16_384;

/** A server for the handler, not yet listening. Close it with close() and closeAllConnections(). */
export const createAdminServer = (
  handler: (req: IncomingMessage, res: ServerResponse) => void,
  limits: AdminLimits = ADMIN_LIMITS,
): Server => {
  const { headersTimeout, requestTimeout, keepAliveTimeout, idleTimeout, maxConnections } = limits;
  const timing = { headersTimeout, requestTimeout, keepAliveTimeout };
  const options = { ...timing, connectionsCheckingInterval: CHECK_EVERY_MS, maxHeaderSize: MAX_HEADER_BYTES };
  const server = createServer(options, handler);
  server.timeout = idleTimeout;
  server.maxConnections = maxConnections;
  return server;
};
