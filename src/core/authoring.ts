/** What people who write candidacy functions import from `forehand`. */
export {
  type Candidacy,
  defineCandidacy,
  type ExplainedFunction,
  type Kind,
  type MemoryReader,
  type Signal,
} from './candidacy.ts';
export type { Handler, HandlerContext, HandlerSession, SendFileOptions } from './handler.ts';
export { keep, orderBy, pickWeighted, sample } from './making.ts';
export { duration, fraction, size, z } from './options.ts';
export {
  loadPersonalArriba,
  loadServerStats,
  MAXSERVERS,
  MAXSESSIONSPERSERVER,
  SERVER_TIMEOUT_SECONDS as SERVER_TIMEOUT,
  type ServerStats,
} from './server-stats.ts';
export type {
  CandidacyFunction,
  Millis,
  Moment,
  Outcome,
  Redirect,
  RequestView,
  Server,
  ServerState,
  Stats,
} from './types.ts';
