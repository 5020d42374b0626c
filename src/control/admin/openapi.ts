import { z } from '../../core/options.ts';
import type { ParameterDoc, Route, RouteDoc, Routes } from './admin-route.ts';
import { errorShape } from './shapes/control-shapes.ts';
import { snapshotShape } from './shapes/feed-shapes.ts';
import { shapes } from './shapes/shape.ts';

/** JSON Schema, or a part of the document. */
type Json = Readonly<Record<string, unknown>>;

const placeOf = (id: string): string => `#/components/schemas/${id}`;

const withoutKeys = (schema: Json, keys: readonly string[]): Json =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => !keys.includes(key)));

const inline = (shape: z.ZodType, io: 'input' | 'output'): Json =>
  withoutKeys(z.toJSONSchema(shape, { io }), ['$schema']);

/** One without a name stands where it is used. */
const schemaOf = (shape: z.ZodType): Json => {
  const id = shapes.get(shape)?.id;
  return id === undefined ? inline(shape, 'output') : { $ref: placeOf(id) };
};

const components = (): Json => {
  const { schemas } = z.toJSONSchema(shapes, { uri: placeOf });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, schema]) => [id, withoutKeys({ ...schema }, ['$schema', '$id'])]),
  );
};

const TEXT: Json = { type: 'string' };
const json = (schema: Json): Json => ({ 'application/json': { schema } });

const answerContent = ({ answer, streams }: RouteDoc): Json => {
  if (typeof answer === 'string') return { [answer]: { schema: TEXT } };
  return { ...json(schemaOf(answer)), ...(streams ? { 'text/event-stream': { schema: TEXT } } : {}) };
};

/** What may come of any path. 400: of the Host field and the query. */
const ALWAYS = [400, 401, 403, 421, 429, 500];
const WITH_BODY = [413, 415];

const MEANINGS: Readonly<Record<number, string>> = {
  200: 'as asked',
  202: 'it will be done',
  400: 'the question cannot be understood',
  401: 'nobody knows who asks',
  403: 'who asks may not do this',
  404: 'there is nothing of the kind',
  409: 'it cannot be done as things are',
  413: 'the body is too large',
  415: 'the body is not JSON',
  421: 'this listener is not known by that name',
  429: 'asked too often',
  500: 'something went wrong inside',
  503: 'not now',
};

const answersOf = ({ method, doc }: Route): Json => {
  const good = [doc.status ?? 200, ...(doc.also ?? [])];
  const bad = [...ALWAYS, ...(method === 'GET' ? [] : WITH_BODY), ...(doc.errors ?? [])];
  const response = (status: number, content: Json): readonly [string, Json] => [
    String(status),
    { description: MEANINGS[status] ?? 'see the message', content },
  ];
  return Object.fromEntries([
    ...bad.map((status) => response(status, json(schemaOf(errorShape)))),
    ...good.map((status) => response(status, answerContent(doc))),
  ]);
};

const queryParameter = ([name, { description, schema }]: readonly [string, ParameterDoc]): Json => ({
  name,
  in: 'query',
  description,
  schema: schema ?? TEXT,
});

const pathParameter = (name: string): Json => ({ name, in: 'path', required: true, schema: TEXT });

/** `GET /api/v1/servers/{id}` has the id `getServersId`. */
const idOf = (path: string, method: string): string =>
  method.toLowerCase() +
  path
    .replace(/^\/api\/v1/, '')
    .replace(/[^a-z]+([a-z])/gi, (_, letter: string) => letter.toUpperCase())
    .replace(/[^a-z]/gi, '');

const operation = (path: string, route: Route): Json => {
  const { doc } = route;
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const parameters = [...names.map(pathParameter), ...Object.entries(doc.query ?? {}).map(queryParameter)];
  const body = doc.body && {
    required: doc.bodyIsOptional !== true,
    content: json(inline(doc.body, 'input')),
  };
  return {
    operationId: idOf(path, route.method),
    summary: doc.summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: body } : {}),
    responses: answersOf(route),
    'x-changes': route.changes,
  };
};

/** Ways to say who asks, as `adminAuth` may want them. */
const SECURITY: Readonly<Record<string, Json>> = {
  basic: { type: 'http', scheme: 'basic' },
  bearer: { type: 'http', scheme: 'bearer' },
  certificate: { type: 'mutualTLS' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'forehand_session',
    description: 'with the port: forehand_session_9090',
  },
};

/** All routes as an OpenAPI 3.1 document. The feed's data has the schema `Snapshot`. */
export const openApiOf = (routes: Routes, version: string): Json => {
  // Named in no answer: an event stream has no schema for what its data are.
  schemaOf(snapshotShape);
  return {
    openapi: '3.1.0',
    info: { title: 'forehand admin API', version },
    paths: Object.fromEntries(
      [...routes].map(([path, here]) => [
        path,
        Object.fromEntries(here.map((route) => [route.method.toLowerCase(), operation(path, route)])),
      ]),
    ),
    // Each is enough where the configuration has it; `{}`: none is needed where `adminAuth` is left out.
    security: [{}, ...Object.keys(SECURITY).map((name) => ({ [name]: [] }))],
    components: { schemas: components(), securitySchemes: SECURITY },
  };
};
