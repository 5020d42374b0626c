import type { Problem } from '../../core/errors.ts';

/** Where a problem is, in the form that a Problem carries. */
export type Whereabouts = Pick<Problem, 'place' | 'lineText' | 'lineBefore' | 'length' | 'path'>;

/** A stretch of a source text; `end` is the first offset behind it. */
export interface Span {
  readonly source: SourceText;
  readonly start: number;
  readonly end: number;
}

/** A text that a person wrote, with its name in messages and the starts of its lines. */
export class SourceText {
  readonly file: string;
  readonly text: string;
  readonly #lineStarts: readonly number[];
  #shown: string;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.#shown = text;
    this.#lineStarts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  }

  /** Blanks a secret in every frame from now on; columns stay as they are. */
  hide({ start, end }: Span): void {
    const blank = this.text.slice(start, end).replace(/[^\r\n]/g, '*');
    this.#shown = this.#shown.slice(0, start) + blank + this.#shown.slice(end);
  }

  /** Place, line and the line before for a stretch of this text; a stretch of several lines ends with its first. */
  whereabouts(start: number, end: number): Whereabouts {
    const line = this.#lineOf(start);
    const lineStart = this.#lineStarts[line] ?? 0;
    const lineText = this.#lineText(line);
    const rest = lineText.length - (start - lineStart);
    return {
      place: { file: this.file, line: line + 1, column: start - lineStart + 1 },
      lineText,
      ...(line > 0 ? { lineBefore: this.#lineText(line - 1) } : {}),
      length: Math.max(1, Math.min(end - start, rest)),
    };
  }

  /** True if the stretch lies within one line. */
  isOneLine({ start, end }: Pick<Span, 'start' | 'end'>): boolean {
    return !this.text.slice(start, end).trimEnd().includes('\n');
  }

  #lineOf(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #lineText(line: number): string {
    const end = this.#lineStarts[line + 1] ?? this.#shown.length + 1;
    return this.#shown.slice(this.#lineStarts[line], end - 1).replace(/\r$/, '');
  }
}
