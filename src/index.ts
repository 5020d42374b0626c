/** The public API of forehand: what candidacy functions are written with, and the door for an existing Node server. */

export { createMiddleware, type Middleware, type MiddlewareOptions } from './control/create-middleware.ts';
export * from './core/authoring.ts';
export { ConfigError, type Problem } from './core/errors.ts';
export type { Report, ReportedServer } from './core/report.ts';
