import { askAdmin, Unreachable } from './admin-client.ts';
import { refusalText } from './ask-api.ts';

/** So long a live view waits for one answer before it says that there is none. */
const PATIENCE_MS = 2000;

/**
 * What the API answers to GET, as parsed JSON; nobody checks its shape. Rejects with Unreachable where no proxy answers
 * within 2 s or `end` comes first, with the API's own words where it refuses.
 */
export const askLive = async (admin: string, path: string, end: AbortSignal): Promise<unknown> => {
  const limit = AbortSignal.timeout(PATIENCE_MS);
  const signal = AbortSignal.any([end, limit]);
  const { status, text } = await askAdmin(admin, path, undefined, 'POST', signal).catch((error: unknown) => {
    if (limit.aborted)
      throw new Unreachable(`no proxy answers at ${admin}: no answer within ${PATIENCE_MS / 1000} s`);
    throw error;
  });
  if (status !== 200) throw new Error(`the proxy at ${admin} answered ${status}: ${refusalText(text)}`);
  return JSON.parse(text);
};
