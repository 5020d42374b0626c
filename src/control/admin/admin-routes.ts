import { z } from '../../core/options.ts';
import type { AdminParts } from '../views/views.ts';
import { jsonAnswer } from './admin-answer.ts';
import { at, change, get, type Route, type Routes } from './admin-route.ts';
import { quitAnswer } from './auth/quit-answer.ts';
import { type SessionDoor, sessionRoutes } from './auth/session-routes.ts';
import { openApiOf } from './openapi.ts';
import { configRoutes, healthRoutes, logRoutes, trafficRoutes } from './routes-control.ts';
import { feedRoutes } from './routes-feed.ts';
import { hostRoutes, poolRoutes, reportRoutes, serverRoutes } from './routes-servers.ts';
import { openapiShape, quitShape } from './shapes/control-shapes.ts';

const quitRoute = (parts: AdminParts): Route =>
  change(
    'POST',
    {
      summary: 'Ends the proxy as the signal TERM does',
      body: z.strictObject({}),
      bodyIsOptional: true,
      answer: quitShape,
      status: 202,
      errors: [409],
    },
    () => quitAnswer(parts),
  );

/**
 * Every path of the admin listener but those of the status page, with a route for each method. `door`: where
 * browsers show who they are; without it nobody is asked.
 */
export const adminRoutes = (parts: AdminParts, door?: SessionDoor): Routes => {
  const routes: Routes = new Map([
    ...healthRoutes(parts),
    ...serverRoutes(parts),
    ...poolRoutes(parts),
    ...reportRoutes(parts),
    ...trafficRoutes(parts),
    ...logRoutes(parts),
    ...feedRoutes(parts, door),
    ...configRoutes(parts),
    ...hostRoutes(parts),
    at('/api/v1/session', ...sessionRoutes(door)),
    at('/api/v1/quit', quitRoute(parts)),
    [
      '/api/v1/openapi.json',
      [
        get({ summary: 'This API as an OpenAPI document', answer: openapiShape }, () =>
          jsonAnswer(openApiOf(routes, parts.version)),
        ),
      ],
    ],
  ]);
  // The document is at the root too, where tools look for it. It tells of itself once.
  return new Map([...routes, ['/openapi.json', routes.get('/api/v1/openapi.json') ?? []]]);
};
