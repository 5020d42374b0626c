import type { AdminParts } from '../views/views.ts';
import { jsonAnswer } from './admin-answer.ts';
import {
  addHost,
  changedHostBody,
  hostAnswer,
  hostsAnswer,
  newHostBody,
  putHost,
  removeHost,
} from './admin-hosts.ts';
import { at, change, get, type RouteDoc, type RoutesAt } from './admin-route.ts';
import { poolAnswer, serverAnswer } from './admin-servers.ts';
import { orderBody, setServer, setState, stateBody } from './admin-set-server.ts';
import { fresh } from './fresh.ts';
import { refusalsShape, sendersShape } from './shapes/refusal-shapes.ts';
import {
  discoveryShape,
  hostShape,
  hostsShape,
  nodesShape,
  poolShape,
  poolsShape,
  routesShape,
  serverShape,
  serversShape,
} from './shapes/server-shapes.ts';

const DOCS = {
  servers: { summary: 'Every server of every pool', answer: serversShape },
  set: {
    summary: 'Sets the state or weight of a server by hand',
    body: orderBody,
    answer: serverShape,
    errors: [404, 409, 503],
  },
  server: {
    summary: 'One server',
    query: { pool: { description: 'its pool, where several have a server of this id' } },
    answer: serverShape,
    errors: [404, 409],
  },
  state: {
    summary: 'Sets the state or weight of this server by hand',
    body: stateBody,
    answer: serverShape,
    errors: [404, 409, 503],
  },
  pools: { summary: 'Every pool', answer: poolsShape },
  pool: { summary: 'One pool', answer: poolShape, errors: [404] },
  routes: { summary: 'Which requests go where', answer: routesShape },
  nodes: { summary: 'The agents that report here', answer: nodesShape },
  discovery: { summary: 'Where servers are discovered, and how that goes', answer: discoveryShape },
  refusals: { summary: 'Refused reports by reason', answer: refusalsShape },
  senders: { summary: 'Who sent the refused reports', answer: sendersShape },
  hosts: { summary: 'Every virtual host', answer: hostsShape, errors: [404] },
  addHost: {
    summary: 'Adds a virtual host',
    body: newHostBody,
    answer: hostShape,
    errors: [404, 409],
  },
  host: { summary: 'One virtual host', answer: hostShape, errors: [404] },
  putHost: {
    summary: 'Adds a virtual host or replaces it',
    body: changedHostBody,
    answer: hostShape,
    errors: [404, 409],
  },
  removeHost: { summary: 'Takes a virtual host away', answer: hostShape, errors: [404, 409] },
} satisfies Readonly<Record<string, RouteDoc>>;

/** What there is of servers, and what can be set of them. */
export const serverRoutes = (parts: AdminParts): readonly RoutesAt[] => [
  at(
    '/api/v1/servers',
    get(
      DOCS.servers,
      fresh(parts, () => jsonAnswer(parts.servers())),
    ),
  ),
  at(
    '/api/v1/servers/set',
    change('POST', DOCS.set, ({ body, req }) => setServer(parts, body, req)),
  ),
  at(
    '/api/v1/servers/{id}',
    get(
      DOCS.server,
      fresh(parts, ({ params: { id = '' }, query }) =>
        serverAnswer(parts.servers(), id, query.get('pool') ?? undefined),
      ),
    ),
  ),
  at(
    '/api/v1/servers/{id}/state',
    change('POST', DOCS.state, ({ params: { id = '' }, body, req }) => setState(parts, id, body, req)),
  ),
];

/** Who reports on servers, and how they are found. */
export const reportRoutes = (parts: AdminParts): readonly RoutesAt[] => [
  at(
    '/api/v1/nodes',
    get(DOCS.nodes, () => jsonAnswer(parts.nodes())),
  ),
  at(
    '/api/v1/discovery',
    get(DOCS.discovery, () => jsonAnswer(parts.discovered())),
  ),
  at(
    '/api/v1/refusals',
    get(DOCS.refusals, () => jsonAnswer(parts.refusals())),
  ),
  at(
    '/api/v1/senders',
    get(DOCS.senders, () => jsonAnswer(parts.senders())),
  ),
];

/** Pools, and which requests go there. */
export const poolRoutes = (parts: AdminParts): readonly RoutesAt[] => [
  at(
    '/api/v1/pools',
    get(
      DOCS.pools,
      fresh(parts, () => jsonAnswer(parts.pools())),
    ),
  ),
  at(
    '/api/v1/pools/{name}',
    get(
      DOCS.pool,
      fresh(parts, ({ params: { name = '' } }) => poolAnswer(parts, name)),
    ),
  ),
  at(
    '/api/v1/routes',
    get(DOCS.routes, () => jsonAnswer(parts.routes())),
  ),
];

/** Virtual hosts while the proxy runs. */
export const hostRoutes = ({ hosts }: AdminParts): readonly RoutesAt[] => [
  at(
    '/api/v1/hosts',
    get(DOCS.hosts, () => hostsAnswer(hosts)),
    change('POST', DOCS.addHost, ({ body }) => addHost(hosts, body)),
  ),
  at(
    '/api/v1/hosts/{name}',
    get(DOCS.host, ({ params: { name = '' } }) => hostAnswer(hosts, name)),
    change('PUT', DOCS.putHost, ({ params: { name = '' }, body }) => putHost(hosts, name, body)),
    change('DELETE', DOCS.removeHost, ({ params: { name = '' } }) => removeHost(hosts, name)),
  ),
];
