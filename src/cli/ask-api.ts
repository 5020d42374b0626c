import { type AdminChoice, adminAddress } from './admin-address.ts';
import { askAdmin } from './admin-client.ts';

/** The words of the API in an answer that refuses, or the whole of it where it says nothing of the kind. */
export const refusalText = (text: string): string => {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string } };
    return error?.message ?? text;
  } catch {
    return text;
  }
};

/** What a verb asks of the API. */
export interface Asked {
  /** The verb, which its errors begin with. */
  readonly verb: string;
  readonly path: string;
  /** Sent as JSON; without one it is a GET, or a DELETE. */
  readonly question?: unknown;
  readonly method?: 'POST' | 'PUT' | 'DELETE';
}

/**
 * What the running proxy answers, as parsed JSON; nobody checks its shape. Rejects with Unreachable where none answers,
 * with the API's own words where it refuses.
 */
export const askApi = async (
  choice: AdminChoice,
  { verb, path, question, method }: Asked,
): Promise<unknown> => {
  const { status, text } = await askAdmin(await adminAddress(choice), path, question, method);
  const hint = status === 401 ? ' (--token or --user, or FOREHAND_ADMIN_TOKEN)' : '';
  if (status !== 200) throw new Error(`${verb}: ${refusalText(text)}${hint}`);
  return JSON.parse(text);
};
