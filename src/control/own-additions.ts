import type { FinishedExchange } from '../core/exchange.ts';
import type { RequestView, Server } from '../core/types.ts';
import { localLine } from '../local/local-field.ts';
import type { Additions } from '../proxy/settings.ts';
import type { RuleDesk } from './hosts/rule-desk.ts';

/** What is added to. Its cookies can be read until its answer begins. */
export type AddedTo = FinishedExchange & Partial<Pick<RequestView, 'cookie'>>;

/** What one exchange with a server adds: facts for a server inside this process, the cookie of a sticky pool. */
export const ownAdditions = (
  { local, sticky }: RuleDesk,
  exchange: AddedTo,
  server: Server | undefined,
): Additions | undefined => {
  if (server && local.has(server)) return { request: localLine(exchange), response: '' };
  const response = sticky.line(exchange, server);
  return response === '' ? undefined : { request: '', response };
};
