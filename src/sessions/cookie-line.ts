/** How a cookie of ours is set. */
export interface CookieSettings {
  /** A token. */
  readonly cookie: string;
  readonly path: string;
  readonly sameSite: 'Lax' | 'Strict' | 'None';
  /** `auto`: where the client came by https. */
  readonly secure: 'auto' | boolean;
  readonly httpOnly: boolean;
  /** Seconds; undefined: until the browser is closed. */
  readonly maxAge?: number;
}

/** The value of Set-Cookie. `value`: characters that need no quotes (RFC 6265, 4.1.1). */
export const setCookie = (settings: CookieSettings, value: string, isHttps: boolean): string => {
  const { cookie, path, sameSite, secure, httpOnly, maxAge } = settings;
  const isSecure = secure === 'auto' ? isHttps : secure;
  return [
    `${cookie}=${value}`,
    `Path=${path}`,
    ...(maxAge === undefined ? [] : [`Max-Age=${maxAge}`]),
    ...(httpOnly ? ['HttpOnly'] : []),
    ...(isSecure ? ['Secure'] : []),
    `SameSite=${sameSite}`,
  ].join('; ');
};

/** The first cookie of a name in the value of Cookie; undefined if there is none. */
export const cookieIn = (cookies: string | undefined, name: string): string | undefined => {
  for (const pair of (cookies ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
};
