import { readFile } from 'node:fs/promises';
import { readConfig } from '../config/read.ts';
import { findConfig } from './config-file.ts';

/** How a verb is told which running proxy it is about. */
export interface AdminChoice {
  readonly admin?: string;
  readonly config?: string;
}

const DEFAULT_ADMIN = '127.0.0.1:9090';

/** `--admin`, else what the configuration says, else the default. A broken configuration does not hinder asking. */
export const adminAddress = async ({ admin, config }: AdminChoice): Promise<string> => {
  if (admin) return admin;
  const source = await findConfig(config);
  if (!source) return DEFAULT_ADMIN;
  try {
    const read = await readConfig(source, { env: process.env, readFile: (file) => readFile(file, 'utf8') });
    return read.config.admin === false ? DEFAULT_ADMIN : read.config.admin;
  } catch {
    return DEFAULT_ADMIN;
  }
};
