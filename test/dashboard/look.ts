import { afterEach } from 'vitest';
import type { AdminParts } from '../../src/control/views/views.ts';
import { type RunningAdmin, startAdmin } from '../control/admin-client.ts';
import { type Eyes, type Visit, visit } from './browser.ts';
import { builtPage } from './built-page.ts';

export interface Look extends Visit {
  readonly admin: RunningAdmin;
  /** Has a snapshot sent at once, as a change of a server's state does. */
  show(): void;
}

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

/** Opens a view of a proxy in good order, of which every part can be replaced. Closed after the test. */
export const look = async (view: string, parts: Partial<AdminParts> = {}, eyes?: Eyes): Promise<Look> => {
  const { page } = await builtPage();
  let changed = (): void => undefined;
  const follow: AdminParts['follow'] = (heard) => {
    changed = () => heard.changed();
    return () => undefined;
  };
  const admin = await startAdmin({ parts: { follow, ...parts }, page });
  open.push(admin);
  const seen = await visit(`${admin.url}/#/${view}`, eyes);
  open.push(seen);
  return { ...seen, admin, show: () => changed() };
};
