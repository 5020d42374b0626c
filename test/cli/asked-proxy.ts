import { vi } from 'vitest';
import type { AdminParts } from '../../src/control/views/views.ts';
import { startAdmin } from '../control/admin-client.ts';

/** What a verb of the command line writes to standard output, asking a proxy with these parts. */
export const writtenBy = async (
  parts: Partial<AdminParts>,
  verb: (admin: string) => Promise<void>,
): Promise<string> => {
  const admin = await startAdmin({ parts });
  let written = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
  try {
    await verb(`127.0.0.1:${admin.port}`);
    return written;
  } finally {
    write.mockRestore();
    await admin.close();
  }
};
