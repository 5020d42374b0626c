/** What an Authorization field offers. `unreadable`: a field that is neither way, or broken. */
export type Offered =
  | { readonly kind: 'basic'; readonly name: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'unreadable' };

/** As a configuration takes them at most. */
const MOST_CHARACTERS = 1024;

const UNREADABLE: Offered = { kind: 'unreadable' };

const basicFrom = (credentials: string): Offered => {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(credentials)) return UNREADABLE;
  const text = Buffer.from(credentials, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const [name, password] = [text.slice(0, colon), text.slice(colon + 1)];
  const fits = colon > 0 && password.length <= MOST_CHARACTERS && !/\p{Cc}/u.test(text);
  return fits ? { kind: 'basic', name, password } : UNREADABLE;
};

/** Reads an Authorization field: Basic in UTF-8 (RFC 7617), Bearer (RFC 6750). Undefined where there is none. */
export const offeredBy = (field: string | undefined): Offered | undefined => {
  if (field === undefined) return undefined;
  const [, scheme = '', credentials = ''] = /^(basic|bearer) +(\S+)$/i.exec(field.trim()) ?? [];
  if (scheme === '' || credentials.length > 4 * MOST_CHARACTERS) return UNREADABLE;
  if (scheme.toLowerCase() === 'basic') return basicFrom(credentials);
  return { kind: 'bearer', token: credentials };
};
