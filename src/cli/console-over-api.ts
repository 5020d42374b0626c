import type { ConsoleParts } from '../control/console/console-parts.ts';
import type {
  ConfigStatus,
  EventView,
  ExplainAnswer,
  PoolView,
  ReloadResult,
  ServerView,
} from '../control/views/views.ts';
import { type AdminAnswer, askAdmin } from './admin-client.ts';
import { refusalText } from './ask-api.ts';

/** The checks of `/readyz` that failed: `[-] servers: 0 usable`. */
const missingIn = (text: string): readonly string[] =>
  text.split('\n').flatMap((line) => (line.startsWith('[-] ') ? [line.slice(4)] : []));

/** What the words of the console need, asked of a running proxy. The shapes of its answers are believed. */
export const consoleOverApi = (admin: string): ConsoleParts => {
  const refuse = (answer: AdminAnswer): never => {
    throw new Error(refusalText(answer.text).trim());
  };
  const ask = async <Value>(
    path: string,
    question?: unknown,
    good: readonly number[] = [200],
  ): Promise<Value> => {
    const answer = await askAdmin(admin, path, question);
    return good.includes(answer.status) ? (JSON.parse(answer.text) as Value) : refuse(answer);
  };
  return {
    status: async () => {
      const about = await ask<{ version: string; startedAt: number; now: number }>('/api/v1/about');
      const config = await ask<ConfigStatus>('/api/v1/config/status');
      const { status, text } = await askAdmin(admin, '/readyz');
      return { ...about, config, ready: status === 200, missing: missingIn(text) };
    },
    servers: () => ask<readonly ServerView[]>('/api/v1/servers'),
    pools: () => ask<readonly PoolView[]>('/api/v1/pools'),
    setServer: ({ server, state, weight, reason }) =>
      ask<ServerView>('/api/v1/servers/set', { server, state, weight, reason }),
    explain: async (url) => {
      const answer = await askAdmin(admin, '/api/v1/explain', { url });
      if (answer.status === 404) return undefined;
      return answer.status === 200 ? (JSON.parse(answer.text) as ExplainAnswer) : refuse(answer);
    },
    events: (newest) => ask<readonly EventView[]>(`/api/v1/events?n=${newest}`),
    reload: () => ask<ReloadResult>('/api/v1/reload', {}, [200, 409]),
    quit: async () => {
      await ask('/api/v1/quit', {}, [202]);
      return true;
    },
  };
};
