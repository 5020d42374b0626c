import { type Candidacy, defineCandidacy } from '../core/candidacy.ts';
import { explained } from '../core/making.ts';
import type { Server } from '../core/types.ts';
import type { StickyTokens } from './sticky-tokens.ts';

/** Name of the link that a pool's `sticky` puts into its chains. */
export const STICKY = 'sticky';

/** Finds a server in a list by its id. Remembers the one that it found: whether that is in a list is seen faster. */
const finder = (): ((servers: readonly Server[], id: string) => Server | undefined) => {
  const last = new Map<string, Server>();
  return (servers, id) => {
    const known = last.get(id);
    if (known && servers.includes(known)) return known;
    const found = servers.find((server) => server.id === id);
    if (found) last.set(id, found);
    else last.delete(id);
    return found;
  };
};

/**
 * Keeps a client on the server that its cookie names. Where that server is not in the list, because it is drained, dead,
 * ejected or gone, the client gets another one (`rechoose`), or a 503 until it is back (`refuse`). A cookie that is not
 * ours counts for nothing.
 *
 * - Missing stats: reads none.
 * - Cost: one look into a map, and O(n) to find the server.
 */
export const stickyLink = (tokens: StickyTokens, onLost: 'rechoose' | 'refuse'): Candidacy =>
  defineCandidacy({
    name: STICKY,
    summary: 'keeps a client on the server that its cookie names',
    // What a cut leaves out is tried after the rest; what a filter leaves out is not.
    kind: onLost === 'refuse' ? 'filter' : 'cut',
    emptyIsRefused: onLost === 'refuse',
    create: () => {
      const find = finder();
      return explained(
        (servers, { request }) => {
          const value = request.cookie(tokens.settings.cookie);
          const id = value === undefined ? undefined : tokens.idOf(value, servers);
          if (id === undefined) return servers;
          const server = find(servers, id);
          if (server) return [server];
          return onLost === 'refuse' ? [] : servers;
        },
        { reason: () => 'is not the server that the cookie of this client names' },
      );
    },
  });
