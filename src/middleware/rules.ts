import type { HeaderEdits, LocalAnswer } from '../core/route-rules.ts';
import type { RequestView } from '../core/types.ts';
import { FieldBuilder, type Fields } from './fields.ts';

/** A field line without its end (RFC 9112, 5), as latin1. */
const LINE = /^([!#$%&'*+.^_`|~\w-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/;
/** What a client could have asked for by path and query (RFC 9112, 3.2.1), without what has two readings. */
const ORIGIN_FORM = /^\/[!$-;=@-[\]-~]*(?:\?[!$-;=?-~]*)?$/;

/** What says where a message ends, and what is for one connection. No rule takes it out or adds it. */
const FRAMING = [
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'http2-settings',
];
const OURS_IN_REQUEST = new Set([
  ...FRAMING,
  'host',
  'expect',
  'max-forwards',
  'via',
  'x-request-id',
  'x-forehand-explain',
]);
const OURS_IN_ANSWER = new Set([...FRAMING, 'date', 'x-request-id', 'x-forehand-decision']);

/** Names in lower case that rules leave alone. */
type Guarded = (lower: string) => boolean;

/** Of a request: those that we write ourselves stay ours. */
export const isOursInRequest: Guarded = (lower) =>
  OURS_IN_REQUEST.has(lower) || lower.startsWith('x-forwarded-');
/** Of an answer. */
export const isOursInAnswer: Guarded = (lower) => OURS_IN_ANSWER.has(lower);

/** Names and values of whole field lines. Throws a TypeError for what is anything else. */
export const pairsOf = (lines: string): readonly (readonly [name: string, value: string])[] => {
  if (lines === '') return [];
  const texts = lines.endsWith('\r\n') ? lines.slice(0, -2).split('\r\n') : ['unfinished'];
  return texts.map((text) => {
    const [, name, value] = LINE.exec(text) ?? [];
    if (name === undefined || value === undefined)
      throw new TypeError(`no field line: ${JSON.stringify(lines.slice(0, 100))}`);
    return [name, value];
  });
};

/** Edits, worked out for one request. */
export interface Changes {
  readonly removes: readonly string[];
  readonly adds: readonly (readonly [name: string, value: string])[];
}

/** Works edits out, without what they must leave alone. Throws for lines that cannot be sent. */
export const changesOf = (edits: HeaderEdits, view: RequestView, isOurs: Guarded): Changes => ({
  removes: [...edits.removes].filter((name) => !isOurs(name)),
  adds: pairsOf(edits.lines(view)).filter(([name]) => !isOurs(name.toLowerCase())),
});

/** Changes fields that are being put together. */
export const change = (to: FieldBuilder, { removes, adds }: Changes): void => {
  for (const name of removes) to.remove(name);
  for (const [name, value] of adds) to.add(name, value);
};

/** The fields of an answer that stands fast. Throws for lines that cannot be sent. */
export const fieldsOf = ({ fields = '' }: Pick<LocalAnswer, 'fields'>): Fields => {
  const to = new FieldBuilder();
  for (const [name, value] of pairsOf(fields)) if (!isOursInAnswer(name.toLowerCase())) to.add(name, value);
  return to.fields;
};

/** A target that a rule made; throws where it cannot be sent. */
export const checkedTarget = (target: string): string => {
  if (!ORIGIN_FORM.test(target))
    throw new TypeError(`a target that cannot be sent: ${JSON.stringify(target.slice(0, 100))}`);
  return target;
};
