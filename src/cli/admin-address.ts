import { readFile } from 'node:fs/promises';
import { readConfig } from '../config/read.ts';
import type { Config } from '../config/schema/schema.ts';
import { borrowCredentials } from './admin-credentials.ts';
import { findConfig } from './config-file.ts';

/** How a verb is told which running proxy it is about. */
export interface AdminChoice {
  readonly admin?: string;
  readonly config?: string;
}

const DEFAULT_ADMIN = '127.0.0.1:9090';

/** The configuration that a verb is about; undefined where there is none, or a broken one: that does not hinder asking. */
export const configOf = async (config: string | undefined): Promise<Config | undefined> => {
  try {
    const source = await findConfig(config);
    if (!source) return undefined;
    const context = { env: process.env, readFile: (file: string) => readFile(file, 'utf8') };
    return (await readConfig(source, context)).config;
  } catch {
    return undefined;
  }
};

/** Who listens on all addresses is reached on loopback. */
const reachable = (address: string): string =>
  address.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[(?:::|0(?::0){7})\]:/, '[::1]:');

/** `--admin`, else what the configuration says, else the default. */
export const adminAddress = async ({ admin, config }: AdminChoice): Promise<string> =>
  admin || addressIn(await configOf(config));

/** Where the proxy of a configuration listens, `https://` before it where it speaks TLS. Takes its credentials too. */
export const addressIn = (read: Config | undefined): string => {
  if (!read || read.admin === false) return DEFAULT_ADMIN;
  borrowCredentials(read);
  if (read.admin.startsWith('unix:')) return read.admin;
  const address = reachable(read.admin.replace(/^http:\/\//i, '').replace(/\/$/, ''));
  return read.adminTls ? `https://${address}` : address;
};
