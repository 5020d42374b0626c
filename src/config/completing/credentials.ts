/** What a pool's servers are told to let requests in. All but names is secret. */
export type Credentials =
  | { readonly user: string; readonly password: string; readonly passwordFile?: string }
  | { readonly bearer: string; readonly bearerFile: string };

/** The value of the Authorization field: Basic in UTF-8 (RFC 7617, 2.1) or Bearer (RFC 6750, 2.1). */
export const authorizationOf = (credentials: Credentials): string =>
  'bearer' in credentials
    ? `Bearer ${credentials.bearer}`
    : `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`;
