import type { Server } from '../core/types.ts';
import { type CookieSettings, setCookie } from './cookie-line.ts';
import { markOf, type Secrets } from './secrets.ts';

/** Characters of a mark that are used: 132 bits. */
const TOKEN_LENGTH = 22;
const PURPOSE = 'sticky';

/** What is known of one server. */
interface Marked {
  readonly token: string;
  /** Values of Set-Cookie, for a client that came by http and for one by https; and whole field lines of them. */
  readonly plain: { readonly value: string; readonly line: string };
  readonly secure: { readonly value: string; readonly line: string };
}

type Named = Pick<Server, 'id'>;

/**
 * The cookies that name the servers of one pool: each server has one value, made once, from which nobody can tell the
 * server without the secret. All proxies with the same secret have the same ones.
 */
export class StickyTokens {
  readonly settings: CookieSettings;
  readonly #pool: string;
  readonly #secrets: Secrets;
  readonly #marked = new Map<string, Marked>();
  /** Ids by token, those of older secrets among them. */
  readonly #ids = new Map<string, string>();
  /** The list that was looked through last: who sends cookies that are not ours has it looked through once. */
  #known: readonly Named[] = [];

  constructor(pool: string, settings: CookieSettings, secrets: Secrets) {
    this.settings = settings;
    this.#pool = pool;
    this.#secrets = secrets;
  }

  /** The id of the server that a cookie names; undefined for a value that none of these servers, nor of those before, has. */
  idOf(value: string, servers: readonly Named[]): string | undefined {
    const known = this.#ids.get(value);
    if (known !== undefined) return known;
    if (servers === this.#known) return undefined;
    this.#known = servers;
    // Announced servers come and go: more than the pool has are forgotten now and then.
    if (this.#marked.size > 2 * servers.length + 1000) this.#forget();
    for (const { id } of servers) this.#of(id);
    return this.#ids.get(value);
  }

  /** The field line that gives a client the cookie of a server; undefined if it has shown that very one. */
  line(server: Named, shown: string | undefined, isHttps: boolean): string | undefined {
    return this.#needed(server, shown, isHttps)?.line;
  }

  /** The same as the value of Set-Cookie. */
  cookie(server: Named, shown: string | undefined, isHttps: boolean): string | undefined {
    return this.#needed(server, shown, isHttps)?.value;
  }

  #needed({ id }: Named, shown: string | undefined, isHttps: boolean): Marked['plain'] | undefined {
    const { token, plain, secure } = this.#of(id);
    if (shown === token) return undefined;
    return isHttps ? secure : plain;
  }

  #of(id: string): Marked {
    const known = this.#marked.get(id);
    if (known) return known;
    const [token = ''] = this.#secrets.map((secret) => this.#token(secret, id));
    const cookie = (isHttps: boolean): Marked['plain'] => {
      const value = setCookie(this.settings, token, isHttps);
      return { value, line: `Set-Cookie: ${value}\r\n` };
    };
    const marked = { token, plain: cookie(false), secure: cookie(true) };
    this.#marked.set(id, marked);
    for (const secret of this.#secrets) this.#ids.set(this.#token(secret, id), id);
    return marked;
  }

  #token(secret: string | Uint8Array, id: string): string {
    return markOf(secret, PURPOSE, `${this.#pool}\0${id}`).slice(0, TOKEN_LENGTH);
  }

  #forget(): void {
    this.#marked.clear();
    this.#ids.clear();
  }
}
