import type { PoolView, ServerView } from '../control/views/views.ts';
import { type AdminChoice, adminAddress } from './admin-address.ts';
import { listenToKeys } from './demo/keys.ts';
import { askLive } from './live-admin.ts';
import { type LiveEnd, liveEnd, repeat } from './live-end.ts';
import { colorsOn, LiveScreen, type ScreenLine, type Terminal } from './live-screen.ts';
import type { LogFlags } from './log-flags.ts';
import { plainJson } from './plain-json.ts';
import { plainText } from './plain-text.ts';
import { SORTS, topLines } from './top-lines.ts';

const EVERY_MS = 1000;

interface TopOptions extends AdminChoice {
  readonly once?: boolean;
  readonly json?: boolean;
}

/** What the live view runs on; a test brings its own. */
interface LivePlace {
  readonly out?: Terminal;
  readonly keys?: NodeJS.ReadStream;
  readonly end?: LiveEnd;
  /** Between two looks, ms. */
  readonly everyMs?: number;
}

interface Shown {
  readonly pools: readonly PoolView[];
  readonly servers: readonly ServerView[];
}

/** What was asked of the proxy at one moment. */
interface Look extends Shown {
  /** Monotonic, ms. */
  readonly at: number;
}

const lookAt = async (admin: string, end: AbortSignal): Promise<Look> => {
  const [pools, servers] = await Promise.all(
    ['/api/v1/pools', '/api/v1/servers'].map((path) => askLive(admin, path, end)),
  );
  return {
    at: performance.now(),
    pools: pools as readonly PoolView[],
    servers: servers as readonly ServerView[],
  };
};

const seconds = (ms: number): string => `${Math.max(0, Math.round(ms / 1000))} s`;

/** The live table: looks once a second, and goes on showing the last look while no proxy answers. */
class Top {
  readonly #admin: string;
  readonly #end: AbortSignal;
  #look: Look;
  #fault = '';
  #sort = 0;

  constructor(admin: string, end: AbortSignal, first: Look) {
    this.#admin = admin;
    this.#end = end;
    this.#look = first;
  }

  get shown(): Shown {
    const { pools, servers } = this.#look;
    return { pools, servers };
  }

  get isLost(): boolean {
    return this.#fault !== '';
  }

  async refresh(): Promise<void> {
    try {
      this.#look = await lookAt(this.#admin, this.#end);
      this.#fault = '';
    } catch (error) {
      this.#fault = error instanceof Error ? error.message : String(error);
    }
  }

  sortOtherwise(): void {
    this.#sort = (this.#sort + 1) % SORTS.length;
  }

  lines(): readonly ScreenLine[] {
    const sort = SORTS[this.#sort] ?? 'pool';
    const head = `forehand top   ${this.#admin}   by ${sort}   s: sort   q: quit`;
    const lines = topLines(this.#look, sort);
    const dated = (text: string, tone: ScreenLine['tone'], rest: readonly ScreenLine[]) => [
      { text: head, tone: 'bold' as const },
      { text, tone },
      { text: '', tone: 'plain' as const },
      ...rest,
    ];
    const age = seconds(performance.now() - this.#look.at);
    if (!this.isLost) return dated(`as of ${new Date().toISOString()}`, 'plain', lines);
    const dimmed = lines.map(({ text }): ScreenLine => ({ text, tone: 'dim' }));
    return dated(`no answer for ${age}: ${plainText(this.#fault)}`, 'bad', dimmed);
  }
}

const printOnce = (shown: Shown, json: boolean, out: Terminal, colors: boolean): void => {
  if (json) out.write(`${plainJson(shown, 2)}\n`);
  else
    for (const { text, tone } of topLines(shown))
      out.write(`${colors && tone === 'bold' ? `\x1b[1m${text}\x1b[0m` : text}\n`);
};

const pressed =
  (top: Top, { end }: LiveEnd, show: () => void) =>
  (key: string): void => {
    if (key === 'q' || key === '\x03') end();
    if (key !== 's') return;
    top.sortOtherwise();
    show();
  };

/** Shows the first look and all that follow. */
const follow = async (top: Top, { signal }: LiveEnd, everyMs: number, show: () => void): Promise<void> => {
  show();
  await repeat(everyMs, signal, async () => {
    await top.refresh();
    if (!signal.aborted) show();
  });
};

/** A line a look, none where there was no answer. */
const printObjects =
  (top: Top, out: Terminal): (() => void) =>
  () => {
    if (!top.isLost) out.write(`${plainJson(top.shown)}\n`);
  };

const showLive = async (
  top: Top,
  end: LiveEnd,
  screen: LiveScreen,
  { keys = process.stdin, everyMs = EVERY_MS }: LivePlace,
): Promise<void> => {
  const show = (): void => screen.show(top.lines());
  const stopKeys = keys.isTTY ? listenToKeys(keys, pressed(top, end, show)) : undefined;
  try {
    await follow(top, end, everyMs, show);
  } finally {
    screen.close();
    stopKeys?.();
  }
};

/**
 * `forehand top`: pools and servers, every second until `q` or a signal; once with `once`. Rejects with Unreachable where
 * no proxy answers at first.
 */
export const top = async (
  options: TopOptions,
  { color }: LogFlags = {},
  place: LivePlace = {},
): Promise<void> => {
  const { out = process.stdout, end = liveEnd(), everyMs = EVERY_MS } = place;
  try {
    const admin = await adminAddress(options);
    const look = await lookAt(admin, end.signal);
    const live = new Top(admin, end.signal, look);
    const colors = colorsOn(out, color);
    if (options.once) printOnce(live.shown, options.json === true, out, colors);
    else if (options.json) await follow(live, end, everyMs, printObjects(live, out));
    else await showLive(live, end, new LiveScreen(out, colors), place);
  } catch (error) {
    if (!end.signal.aborted) throw error;
  } finally {
    end.release();
  }
};
