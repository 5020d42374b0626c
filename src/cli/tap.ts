import { parseDuration } from '../core/units.ts';
import { type AdminChoice, adminAddress } from './admin-address.ts';
import { type AnyDecision, DECISION_HEAD, decisionCells } from './decisions.ts';
import { askLive } from './live-admin.ts';
import { type LiveEnd, liveEnd, repeat } from './live-end.ts';
import type { Terminal } from './live-screen.ts';
import { NewDecisions } from './new-decisions.ts';
import { plainJson } from './plain-json.ts';
import { plainText } from './plain-text.ts';
import { type TapFilters, tapFilter } from './tap-filter.ts';

const EVERY_MS = 500;
/** As many as are kept of the sampled ones: at 20 a second more than come between two questions. */
const LIMIT = 200;
/** 5 s at 500 ms: then a request that is under way is printed without its end. */
const PATIENCE = 10;
/** Widths of the columns; the last is as long as it is. */
const WIDTHS = [24, 8, 10, 28, 14, 6, 8];

interface TapOptions extends AdminChoice, TapFilters {
  /** Those whose requests failed, in place of a sample of all. */
  readonly failed?: boolean;
  readonly json?: boolean;
  /** A duration as text. */
  readonly for?: string;
}

/** What the verb runs on; a test brings its own. */
interface TapPlace {
  readonly out?: Terminal;
  readonly err?: Terminal;
  readonly end?: LiveEnd;
  /** Between two questions, ms. */
  readonly everyMs?: number;
  readonly random?: () => number;
}

const lineOf = (cells: readonly string[]): string =>
  `${cells
    .map((cell, i) => plainText(cell).padEnd(WIDTHS[i] ?? 0))
    .join('  ')
    .trimEnd()}\n`;

const readFor = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const duration = parseDuration(text);
  if (duration) return duration;
  throw new Error(`--for: expected a duration such as 10s, got ${JSON.stringify(text)}`);
};

/** Says once that no proxy answers, and once that it does again. */
class Contact {
  readonly #err: Terminal;
  #isLost = false;

  constructor(err: Terminal) {
    this.#err = err;
  }

  lost(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (!this.#isLost) this.#err.write(`tap: ${plainText(message)}; asking again\n`);
    this.#isLost = true;
  }

  found(): void {
    if (this.#isLost) this.#err.write('tap: the proxy answers again\n');
    this.#isLost = false;
  }

  missed(): void {
    this.#err.write('tap: some decisions were missed: more came than are kept\n');
  }
}

type Ask = () => Promise<readonly AnyDecision[]>;

const follow = async (
  { signal }: LiveEnd,
  { everyMs, ask, fresh, contact }: { everyMs: number; ask: Ask; fresh: NewDecisions; contact: Contact },
  give: (decision: AnyDecision) => void,
): Promise<void> => {
  fresh.take(await ask());
  await repeat(everyMs, signal, async () => {
    try {
      const list = await ask();
      contact.found();
      const { decisions, hasGap } = fresh.take(list);
      if (hasGap && list.length === LIMIT) contact.missed();
      decisions.forEach(give);
    } catch (error) {
      if (!signal.aborted) contact.lost(error);
    }
  });
};

/**
 * `forehand tap`: prints the decisions that the proxy makes from now on, until a signal or the time is over. Rejects with
 * Unreachable where no proxy answers at first; later it says so on standard error and goes on.
 */
export const tap = async (options: TapOptions, place: TapPlace = {}): Promise<void> => {
  const { out = process.stdout, err = process.stderr, everyMs = EVERY_MS } = place;
  const isWanted = tapFilter(options, place.random);
  const { end = liveEnd(readFor(options.for)) } = place;
  const kind = options.failed ? 'failed' : 'sampled';
  // The end of a request is waited for where it is asked for.
  const patience = options.status === undefined ? PATIENCE : Number.POSITIVE_INFINITY;
  try {
    const admin = await adminAddress(options);
    const ask: Ask = async () =>
      (await askLive(admin, `/api/v1/decisions?kind=${kind}&limit=${LIMIT}`, end.signal)) as AnyDecision[];
    const write = (decision: AnyDecision): void => {
      if (!isWanted(decision)) return;
      out.write(options.json ? `${plainJson(decision)}\n` : lineOf(decisionCells(decision)));
    };
    if (!options.json && out.isTTY) out.write(lineOf(DECISION_HEAD));
    await follow(end, { everyMs, ask, fresh: new NewDecisions(patience), contact: new Contact(err) }, write);
  } catch (error) {
    if (!end.signal.aborted) throw error;
  } finally {
    end.release();
  }
};
