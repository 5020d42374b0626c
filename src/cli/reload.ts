import type { ReloadResult } from '../control/views/views.ts';
import { type AdminChoice, adminAddress } from './admin-address.ts';
import { askAdmin } from './admin-client.ts';
import { refusalText } from './ask-api.ts';

/** `forehand reload`: exit code 0 only if the new configuration is in use. */
export const reload = async (options: AdminChoice): Promise<void> => {
  const { status, text } = await askAdmin(await adminAddress(options), '/api/v1/reload', {});
  if (status !== 200 && status !== 409)
    throw new Error(`reload: the proxy answered ${status}: ${refusalText(text).trim()}`);
  const result = JSON.parse(text) as ReloadResult;
  const waiting =
    result.ignored.length > 0 ? `These keys wait for a restart: ${result.ignored.join(', ')}\n` : '';
  const say = result.ok ? process.stdout : process.stderr;
  say.write(`${result.text}${result.ok ? 'The new configuration is in use.\n' : ''}${waiting}`);
  if (!result.ok) process.exitCode = 1;
};
