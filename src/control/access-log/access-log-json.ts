import type { Chain } from '../../core/chain.ts';
import type { Step } from '../../core/decide.ts';
import type { Millis } from '../../core/types.ts';
import { jsonText } from './access-log-escape.ts';
import { type LineFormat, type LoggedExchange, refererOf, targetOf } from './access-log-line.ts';
import { millisText, UtcTimes } from './access-log-times.ts';

/** A field that may not be there, with a comma before it. `start`: `,"name":"`. */
const text = (start: string, value: string | undefined): string =>
  value ? `${start}${jsonText(value)}"` : '';

const millis = (start: string, value: Millis | undefined): string =>
  value === undefined ? '' : start + millisText(value);

/** One string in one piece. What is part of many lines should not be put together again for each. */
const flat = (...parts: readonly string[]): string => parts.join('');

interface KeptStart {
  readonly scheme: string;
  readonly protocol: string | undefined;
  readonly text: string;
}

/** More than there are methods, so that only made-up ones are forgotten. */
const MOST_METHODS = 64;

/** From method to host: most requests have them from the last one with that method. */
class StartTexts {
  readonly #kept = new Map<string, KeptStart>();

  of({ method, scheme, protocol }: LoggedExchange): string {
    const kept = this.#kept.get(method);
    if (kept?.scheme === scheme && kept.protocol === protocol) return kept.text;
    if (this.#kept.size >= MOST_METHODS) this.#kept.clear();
    const before = `","method":"${jsonText(method)}","scheme":"${jsonText(scheme)}"`;
    const made = flat(before, text(',"proto":"', protocol), ',"host":"');
    this.#kept.set(method, { scheme, protocol, text: made });
    return made;
  }
}

interface KeptChain {
  readonly counts: readonly number[];
  /** Servers of the pool: more than went into the chain, if some are drained. */
  readonly servers: number;
  readonly text: string;
}

const isSame = (counts: readonly number[], others: readonly number[]): boolean => {
  for (let i = 0; i < counts.length; i++) if (counts[i] !== others[i]) return false;
  return true;
};

const stepsText = (steps: readonly Step[]): string =>
  steps.map(({ name, before, after }) => `${name} ${before}>${after}`).join(', ');

/**
 * The pool, and `byAge 5>5, byLoad 5>2`: how many servers went into each link of a decision, and came out. Most decisions
 * of a chain have the numbers of the one before.
 */
class ChainTexts {
  readonly #kept = new WeakMap<Chain, KeptChain>();

  of({ decision, pool }: LoggedExchange): string {
    if (!decision) return text(',"pool":"', pool);
    const { chain, counts } = decision;
    const servers = chain.pool.servers.length;
    const kept = this.#kept.get(chain);
    if (kept?.servers === servers && isSame(counts, kept.counts)) return kept.text;
    const made = flat(text(',"pool":"', chain.pool.name), text(',"chain":"', stepsText(decision.steps)));
    this.#kept.set(chain, { counts, servers, text: made });
    return made;
  }
}

/** What became of it: numbers first. */
const outcome = (exchange: LoggedExchange): string => {
  const { status, bytesIn, bytesOut, attempts, duration, connectMs, firstByte, decisionUs } = exchange;
  const retries = attempts > 1 ? attempts - 1 : 0;
  const hedges = exchange.hedges ? `,"hedges":${exchange.hedges}` : '';
  return `${status ? `"status":${status},` : ''}"bytes_in":${bytesIn},"bytes_out":${bytesOut},"duration_ms":${millisText(duration)}${millis(',"connect_ms":', connectMs)}${millis(',"ttfb_ms":', firstByte)},"retries":${retries}${hedges}${millis(',"decision_us":', decisionUs)},"termination":"${exchange.termination}"`;
};

/**
 * One object a line; `time` is when the request came, in UTC. What is not known is left out. Put together in as few
 * pieces as possible: each costs time here, and again when the line is written.
 */
export const jsonFormat = (keepsQuery: boolean): LineFormat => {
  const times = new UtcTimes();
  const starts = new StartTexts();
  const chains = new ChainTexts();
  return (exchange, startedAt) => {
    const { requestId, clientIp, peerIp, host } = exchange;
    const path = targetOf(exchange, keepsQuery, jsonText);
    const referer = text(',"referer":"', refererOf(exchange, keepsQuery));
    return `{"time":"${times.of(startedAt)}","request_id":"${jsonText(requestId)}","client_ip":"${jsonText(clientIp)}","peer_ip":"${jsonText(peerIp)}${starts.of(exchange)}${jsonText(host)}","path":"${path}",${outcome(exchange)}${chains.of(exchange)}${text(',"server":"', exchange.server)}${text(',"trace_id":"', exchange.traceId)}${text(',"user_agent":"', exchange.userAgent)}${referer}}\n`;
  };
};
