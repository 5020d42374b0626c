import * as candidacy from '../../candidacy/index.ts';
import * as authoring from '../core/authoring.ts';
import { z } from '../core/options.ts';
import * as testing from '../testing/index.ts';

/**
 * The modules that a user's script shares with the proxy: whatever is installed beside the script, these imports give
 * the proxy's own instances, so that loadServerStats() shows the proxy's servers and zod schemas fit.
 */
export const scriptModules: Readonly<Record<string, object>> = {
  forehand: authoring,
  'forehand/candidacy': candidacy,
  'forehand/testing': testing,
  zod: { ...z, z },
};
