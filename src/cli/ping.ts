import { type AdminChoice, adminAddress } from './admin-address.ts';
import { askAdmin } from './admin-client.ts';

/** `forehand ping`: for container health checks. */
export const ping = async (options: AdminChoice): Promise<void> => {
  const { status, text } = await askAdmin(await adminAddress(options), '/readyz?verbose');
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  if (status !== 200) process.exitCode = 1;
};
