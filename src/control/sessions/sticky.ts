import type { StickyConfig } from '../../config/completing/sessions-config.ts';
import type { Config } from '../../config/schema/schema.ts';
import type { Candidacy } from '../../core/candidacy.ts';
import type { RequestView, Server } from '../../core/types.ts';
import type { Secrets } from '../../sessions/secrets.ts';
import { stickyLink } from '../../sessions/sticky-link.ts';
import { StickyTokens } from '../../sessions/sticky-tokens.ts';

/** What is looked at of an exchange. The cookie can be read until its answer begins. */
export type StickyExchange = Partial<Pick<RequestView, 'cookie'>> & {
  readonly pool?: string | undefined;
  readonly scheme: string;
};

/** The first of some, or what is there in their place. */
export const secretsOr = (secrets: readonly string[], otherwise: Uint8Array): Secrets => {
  const [first, ...others] = secrets;
  return first === undefined ? [otherwise] : [first, ...others];
};

const SECONDS_MS = 1000;

/** The cookies that keep clients of pools on their servers. */
export class Sticky {
  readonly #secret: Uint8Array;
  readonly #made = new WeakMap<StickyConfig, StickyTokens>();
  /** Of the pools that have some; empty for none. */
  #pools: ReadonlyMap<string, StickyTokens> = new Map();
  /** What clients have shown, while their requests are under way. */
  readonly #shown = new WeakMap<object, string>();

  /** @param secret for pools that name none. */
  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  /** The link for the chains of a pool. */
  link(pool: string, config: StickyConfig): Candidacy {
    return stickyLink(this.#tokens(pool, config), config.onLost);
  }

  /** This configuration is at work from now on. */
  take({ pools }: Pick<Config, 'pools'>): void {
    this.#pools = new Map(
      Object.entries(pools).flatMap(([name, { sticky }]) =>
        sticky ? [[name, this.#tokens(name, sticky)] as const] : [],
      ),
    );
  }

  /** The field line that an answer of a server needs; empty for none. To be asked before the answer begins, and then. */
  line(exchange: StickyExchange, server: Server | undefined): string {
    const tokens = this.#pools.size > 0 ? this.#pools.get(exchange.pool ?? '') : undefined;
    if (!tokens || !server || server.pool !== exchange.pool) return '';
    return tokens.line(server, this.#cookieOf(exchange, tokens), exchange.scheme === 'https') ?? '';
  }

  /** The value of Set-Cookie that an answer of a server needs; undefined for none. */
  cookie(server: Server, request: RequestView): string | undefined {
    const tokens = this.#pools.size > 0 ? this.#pools.get(server.pool) : undefined;
    return tokens?.cookie(server, request.cookie(tokens.settings.cookie), request.scheme === 'https');
  }

  #cookieOf(exchange: StickyExchange, { settings }: StickyTokens): string | undefined {
    const shown = this.#shown.get(exchange) ?? exchange.cookie?.(settings.cookie);
    if (shown !== undefined) this.#shown.set(exchange, shown);
    return shown;
  }

  #tokens(pool: string, config: StickyConfig): StickyTokens {
    const known = this.#made.get(config);
    if (known) return known;
    const { cookie = `fh-${pool}`, ttl, path, sameSite, secure, httpOnly, secrets } = config;
    const settings = {
      ...{ cookie, path, sameSite, secure, httpOnly },
      ...(ttl === undefined ? {} : { maxAge: Math.max(1, Math.round(ttl / SECONDS_MS)) }),
    };
    const made = new StickyTokens(pool, settings, secretsOr(secrets, this.#secret));
    this.#made.set(config, made);
    return made;
  }
}
