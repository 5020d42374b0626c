/** How a line looks where colours are wanted. */
export type Tone = 'plain' | 'bold' | 'dim' | 'warn' | 'bad';

/** A line without control characters. */
export interface ScreenLine {
  readonly text: string;
  readonly tone: Tone;
}

/** As much of an output as a screen needs; process.stdout is one. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

// ECMA-48: the other screen and no cursor, while it lasts; home, end of line and of screen; colours.
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const TO_LINE_END = '\x1b[K';
const TO_SCREEN_END = '\x1b[J';
const SGR: Readonly<Record<Tone, string>> = { plain: '', bold: '1', dim: '2', warn: '33', bad: '31' };

/** Where a terminal does not say how large it is, or says 0: that of the VT100. */
const COLUMNS = 80;
const ROWS = 24;

const fitting = (lines: readonly ScreenLine[], rows: number): readonly ScreenLine[] => {
  if (lines.length <= rows) return lines;
  const kept = lines.slice(0, Math.max(1, rows - 1));
  return [...kept, { text: `... ${lines.length - kept.length} more`, tone: 'dim' }];
};

/**
 * Lines that stay in place on a terminal, cut to its size, on its other screen, so that what was there before comes back.
 * Elsewhere they are printed one below the other.
 */
export class LiveScreen {
  readonly #out: Terminal;
  readonly #isPlaced: boolean;
  readonly #colors: boolean;
  #isOpen = false;

  constructor(out: Terminal, colors: boolean) {
    this.#out = out;
    this.#isPlaced = out.isTTY === true && process.env['TERM'] !== 'dumb';
    this.#colors = colors;
  }

  show(lines: readonly ScreenLine[]): void {
    if (!this.#isPlaced) {
      this.#out.write(`${lines.map((line) => this.#painted(line)).join('\n')}\n\n`);
      return;
    }
    const columns = this.#out.columns || COLUMNS;
    const rows = this.#out.rows || ROWS;
    const shown = fitting(lines, rows).map(
      ({ text, tone }) => this.#painted({ text: text.slice(0, columns), tone }) + TO_LINE_END,
    );
    const enter = this.#isOpen ? '' : ENTER;
    this.#isOpen = true;
    this.#out.write(`${enter}${HOME}${shown.join('\r\n')}${TO_SCREEN_END}`);
  }

  /** Gives the terminal back as it was. May be called twice. */
  close(): void {
    if (this.#isOpen) this.#out.write(LEAVE);
    this.#isOpen = false;
  }

  #painted({ text, tone }: ScreenLine): string {
    return this.#colors && SGR[tone] ? `\x1b[${SGR[tone]}m${text}\x1b[0m` : text;
  }
}

/** Whether an output may carry colours (https://no-color.org); `color` is the flag. */
export const colorsOn = (out: Terminal, color: 'auto' | 'always' | 'never' = 'auto'): boolean =>
  color === 'always' || (color === 'auto' && out.isTTY === true && !process.env['NO_COLOR']);
