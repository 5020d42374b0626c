import type { LocalAnswer, RouteRules } from '../core/route-rules.ts';
import type { PlannedPage, PlannedResponse } from './planned-rules.ts';

/** One line of a field. The value was checked when the configuration was read. */
const line = (name: string, value: string): string => `${name}: ${value}\r\n`;

/** The answer of a page with this status. */
const pageAnswer = (status: number, reason: string, { contentType, body }: PlannedPage): LocalAnswer => ({
  status,
  reason,
  fields: line('Content-Type', contentType),
  body: Buffer.from(body),
});

/** Answers in place of our own texts. */
export class Pages {
  readonly #pages: Readonly<Record<string, PlannedPage>>;
  readonly #made = new Map<number, LocalAnswer | undefined>();

  constructor(pages: Readonly<Record<string, PlannedPage>>) {
    this.#pages = pages;
  }

  get isEmpty(): boolean {
    return Object.keys(this.#pages).length === 0;
  }

  /** The page for a status: its own, else that of its class; undefined if there is none. */
  of(status: number): LocalAnswer | undefined {
    if (this.#made.has(status)) return this.#made.get(status);
    const page = this.#pages[String(status)] ?? this.#pages[`${Math.floor(status / 100)}xx`];
    const answer = page && pageAnswer(status, 'see the page', page);
    this.#made.set(status, answer);
    return answer;
  }

  /** The same answer with the page for its status as its content, where there is one and it has none itself. */
  dress(answer: LocalAnswer): LocalAnswer {
    const page = answer.body ? undefined : this.of(answer.status);
    return page ? { ...page, ...answer, fields: (answer.fields ?? '') + (page.fields ?? '') } : answer;
  }
}

/** What is said in place of our own texts. */
export const errorAnswerOf = (
  pages: Readonly<Record<string, PlannedPage>>,
): NonNullable<RouteRules['errorAnswer']> => {
  const all = new Pages(pages);
  return (status) => all.of(status);
};

/** The answer that a route always gives. */
export const responseAnswer = ({ status, headers, body, contentType }: PlannedResponse): LocalAnswer => {
  const fields = Object.entries(headers).map(([name, value]) => line(name, value));
  if (body === undefined) {
    const reason = status === 404 ? 'there is nothing at this path' : 'this is all there is to say';
    return { status, reason, ...(fields.length > 0 ? { fields: fields.join('') } : {}) };
  }
  const type = contentType === undefined ? '' : line('Content-Type', contentType);
  return { status, reason: '', fields: type + fields.join(''), body: Buffer.from(body) };
};
