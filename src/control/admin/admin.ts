import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions as TlsOptions } from 'node:https';
import type { AdminParts } from '../views/views.ts';
import { type Answer, errorAnswer } from './admin-answer.ts';
import { readBody } from './admin-body.ts';
import { codedAnswer } from './admin-coding.ts';
import { changeFault, hostFault } from './admin-guard.ts';
import { get, type Route, type RouteDoc, type Stream } from './admin-route.ts';
import { adminRoutes } from './admin-routes.ts';
import type { SessionDoor } from './auth/session-routes.ts';
import { type Found, RouteTable } from './route-table.ts';

/** A file of the status page by its path, `/` for the page itself. Undefined for what is none. */
export type PageHandler = (path: string) => Omit<Answer, 'status' | 'allow'> | undefined;

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
  /** Where browsers show who they are; without it nobody is asked. */
  readonly session?: SessionDoor;
  /** Names and addresses besides the loopback ones that mean this listener, without ports and brackets. */
  hosts(): readonly string[];
  /** Told of what went wrong inside while a path was answered; the client is told nothing of it. */
  onError(thrown: unknown, path: string): void;
}

/** Nothing here may be kept, framed, guessed at or made to run what the page did not bring along. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

const send = (req: IncomingMessage, res: ServerResponse, answer: Answer): void => {
  if (res.destroyed) return;
  const { contentType, allow } = answer;
  const { status, body, headers } = codedAnswer(req, answer);
  res.writeHead(status, {
    ...HEADERS,
    'content-type': contentType,
    ...(status === 304 ? {} : { 'content-length': Buffer.byteLength(body) }),
    ...headers,
    ...answer.headers,
    ...(allow ? { allow } : {}),
    // A body that was not read cannot be told from the next request.
    ...(req.complete ? {} : { connection: 'close' }),
  });
  res.end(body);
};

/** Files of the page are no part of the API: they stand in no document and take no query. */
const pageRoutes = (page: PageHandler, path: string): readonly Found[] => {
  const file = page(path);
  if (!file) return [];
  const doc: RouteDoc = { summary: 'A file of the page', answer: 'text/html' };
  return [{ route: get(doc, () => ({ status: 200, ...file })), params: {} }];
};

const wrongMethod = (found: readonly Found[]): Answer => {
  const methods = new Set(found.map(({ route }) => (route.method === 'GET' ? 'GET, HEAD' : route.method)));
  const allow = [...methods].join(', ');
  return { ...errorAnswer(405, 'method_not_allowed', `this path takes ${allow}`), allow };
};

const queryFault = (query: URLSearchParams, { doc }: Route): Answer | undefined => {
  const names = [...query.keys()];
  const known = Object.keys(doc.query ?? {});
  const unknown = names.find((name, i) => !known.includes(name) || names.indexOf(name) !== i);
  if (unknown === undefined) return undefined;
  return errorAnswer(400, 'bad_query', `the parameter "${unknown}" is not known here, or stands twice`);
};

/**
 * The answers of the admin listener as a handler for node:http. Looks at the Host field before anything else, and for
 * all but GET at where the request comes from.
 */
export const createAdminHandler = (
  parts: AdminParts,
  page: PageHandler,
  settings: AdminSettings,
): ((req: IncomingMessage, res: ServerResponse) => void) => {
  const table = new RouteTable(adminRoutes(parts, settings.session));
  const answer = async (req: IncomingMessage): Promise<Answer | Stream> => {
    const [path = '', search = ''] = (req.url ?? '').split(/\?(.*)/s);
    const fault = hostFault(req, settings.hosts());
    if (fault) return fault;
    const known = table.at(path);
    const here = known.length > 0 ? known : pageRoutes(page, path);
    if (here.length === 0) return errorAnswer(404, 'not_found', 'there is nothing at this path');
    const wanted = req.method === 'HEAD' ? 'GET' : req.method;
    const found = here.find(({ route }) => route.method === wanted);
    if (!found) return wrongMethod(here);
    const { route, params } = found;
    const refusal = await settings.authorize?.(req, path, route.changes);
    if (refusal) return refusal;
    const query = new URLSearchParams(search);
    const misuse = queryFault(query, route);
    if (misuse) return misuse;
    const body = route.method === 'GET' ? '' : (changeFault(req) ?? (await readBody(req)));
    return typeof body === 'string' ? route.answer({ req, params, query, body }) : body;
  };
  return (req, res) => {
    answer(req)
      .then((found) => {
        if ('stream' in found) found.stream(req, res, HEADERS);
        else send(req, res, found);
      })
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

/** A server for the handler, not yet listening; with TLS where that is given. End it by close() and closeAllConnections(). */
export const createAdminServer = (
  handler: (req: IncomingMessage, res: ServerResponse) => void,
  limits: AdminLimits = ADMIN_LIMITS,
  tls?: TlsOptions,
): Server => {
  const { headersTimeout, requestTimeout, keepAliveTimeout, idleTimeout, maxConnections } = limits;
  const timing = { headersTimeout, requestTimeout, keepAliveTimeout };
  const options = { ...timing, connectionsCheckingInterval: CHECK_EVERY_MS, maxHeaderSize: MAX_HEADER_BYTES };
  const server = tls
    ? createTlsServer({ ...options, handshakeTimeout: headersTimeout, ...tls }, handler)
    : createServer(options, handler);
  server.timeout = idleTimeout;
  server.maxConnections = maxConnections;
  return server;
};
