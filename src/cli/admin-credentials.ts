import { readFileSync } from 'node:fs';
import type { Config } from '../config/schema/schema.ts';

/** What the admin listener is shown, and what it is believed by. */
export interface AdminCredentials {
  readonly token?: string | undefined;
  /** `name:password` */
  readonly user?: string | undefined;
  /** PEM text of authorities. */
  readonly ca?: string | undefined;
  /** PEM text of the very certificate that the listener has, whatever names stand in it. */
  readonly own?: string | undefined;
}

/** The same as flags of the command line; `ca` is a file. */
export interface CredentialFlags {
  readonly token?: string;
  readonly user?: string;
  readonly ca?: string;
}

/** One command asks one proxy, so there is one choice for the whole process. */
let chosen: AdminCredentials = {};

/** Takes the credentials of the command line. Throws where the file cannot be read. */
export const chooseCredentials = ({ token, user, ca }: CredentialFlags): void => {
  if (token !== undefined && user !== undefined)
    throw new Error('there are both --token and --user; say one of them');
  if (user !== undefined && !user.includes(':')) throw new Error('--user: expected name:password');
  chosen = { token, user, ca: ca === undefined ? undefined : readFileSync(ca, 'utf8') };
};

/**
 * Takes what the configuration of the proxy says, where the command line said nothing: whoever may read a token there may
 * use it, and the certificate that stands there needs nobody to vouch for it.
 */
export const borrowCredentials = ({ adminAuth, adminTls }: Pick<Config, 'adminAuth' | 'adminTls'>): void => {
  const tokens = adminAuth?.bearer ?? [];
  const entry = tokens.find(({ scope }) => scope === 'write') ?? tokens[0];
  const token = chosen.user === undefined ? (chosen.token ?? entry?.secrets[0]) : undefined;
  chosen = { ...chosen, token, own: chosen.ca === undefined ? adminTls?.cert : undefined };
};

/** What there is to show now. */
export const adminCredentials = (): AdminCredentials => chosen;

/** The Authorization field for them; undefined where there is nothing to show. */
export const authorizationFor = ({ token, user }: AdminCredentials): string | undefined => {
  if (token !== undefined) return `Bearer ${token}`;
  return user === undefined ? undefined : `Basic ${Buffer.from(user).toString('base64')}`;
};
