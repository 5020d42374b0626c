import type { Board } from '../core/board.ts';
import type { InBand } from '../core/observed.ts';
import { isRefusedLoad, type LoadReportFormat, parseLoadReport } from '../core/orca.ts';
import type { Refusal } from '../core/report.ts';
import type { Millis, Server, Stats } from '../core/types.ts';

/** How often numbers that have grown old are looked for. */
const LAPSE_EVERY_MS: Millis = 1000;

export interface LoadReportsParts {
  readonly board: Board;
  readonly now: () => Millis;
  /** A server has said what nobody understands; the answer that it came with is not touched. */
  readonly refused: (refusal: Refusal, server: Server) => void;
}

/** What a server said last. */
export interface LastLoad {
  readonly result: Stats | Refusal;
  readonly at: Millis;
  /** How many of its reports were refused since it was first heard, and why the last one was. */
  readonly refusals: number;
  readonly refusal: Refusal | undefined;
}

type Last = { -readonly [Key in keyof LastLoad]: LastLoad[Key] } & {
  format: LoadReportFormat | undefined;
  text: string;
};

/** Takes what servers say of their load with their answers (ORCA), and puts it on the board. */
export class LoadReports {
  readonly #parts: LoadReportsParts;
  readonly #last = new WeakMap<Server, Last>();
  /** Runs from the first report on. */
  #lapse: NodeJS.Timeout | undefined = undefined;

  constructor(parts: LoadReportsParts) {
    this.#parts = parts;
  }

  /** Takes what came to this process with an answer, also with that to a probe. Never throws, whatever it says. */
  hear(server: Server, format: LoadReportFormat, text: string, by: InBand['by'] = 'answer'): void {
    const now = this.#parts.now();
    const last = this.#lastOf(server);
    // An idle server says the same thing again and again.
    if (last.text !== text || last.format !== format) {
      last.format = format;
      last.text = text;
      last.result = parseLoadReport(format, text);
    }
    last.at = now;
    const { result } = last;
    if (!isRefusedLoad(result)) {
      this.take(server, result, now, by);
      return;
    }
    last.refusals += 1;
    last.refusal = result;
    this.refuse(server, result);
  }

  /** Takes what came with an answer to this or another process, at a time on the clock of this one. */
  take(server: Server, stats: Stats, heardAt: Millis, by: InBand['by'] = 'answer'): void {
    const { board, now } = this.#parts;
    board.hearInBand(server, { stats, heardAt, by }, now());
    this.#lapse ??= setInterval(() => board.lapse(now()), LAPSE_EVERY_MS).unref();
  }

  /** Counts reports that were refused, here or in another process. */
  refuse(server: Server, refusal: Refusal, times = 1): void {
    const { board, refused } = this.#parts;
    board.refuseInBand(server, times);
    for (let i = 0; i < times; i++) refused(refusal, server);
  }

  /** What came to this process last; undefined if nothing ever did. */
  last(server: Server): LastLoad | undefined {
    return this.#last.get(server);
  }

  #lastOf(server: Server): Last {
    const known = this.#last.get(server);
    if (known) return known;
    const at = Number.NEGATIVE_INFINITY;
    const last: Last = { format: undefined, text: '', result: {}, at, refusals: 0, refusal: undefined };
    this.#last.set(server, last);
    return last;
  }

  close(): void {
    clearInterval(this.#lapse);
  }
}
