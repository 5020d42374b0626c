import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  Parser,
} from 'yaml';
import type { Problem } from '../../core/errors.ts';
import type { SourceText, Span } from './source-text.ts';
import {
  type Entry,
  keyFault,
  MAX_DEPTH,
  MAX_VALUES,
  type Path,
  type Sourced,
  whereaboutsOf,
} from './sourced.ts';

/** Most bytes (UTF-16 units, to be exact) in one file. */
export const MAX_LENGTH = 1_000_000;
/** Most uses of an alias in one file, those inside a part that is used again included. */
const MAX_ALIASES = 100;
/** One slip at the start of a file can make every later line wrong; the first few are enough. */
const MAX_SYNTAX_PROBLEMS = 10;

/** What a text says, and what is wrong with it. Without a root its syntax is broken. */
export interface Reading {
  readonly root: Sourced | undefined;
  readonly problems: readonly Problem[];
}

type YamlNode = Document['contents'];

const EMPTY: Sourced = { kind: 'map', entries: new Map(), span: undefined };

const emptyAt = (source: SourceText): Sourced => ({ ...EMPTY, span: { source, start: 0, end: 0 } });

const at = (source: SourceText, start: number, end: number, message: string): Problem => ({
  severity: 'error',
  message,
  ...source.whereabouts(start, end),
});

const partsOf = (token: CST.Token): readonly CST.Token[] => {
  const parts =
    token.type === 'document'
      ? [token.value]
      : 'items' in token
        ? token.items.flatMap((item) => [item.key, item.value])
        : [];
  return parts.filter((part) => part !== undefined && part !== null);
};

/** The composer calls itself for each level, so the depth is measured before, level by level. */
const tooDeep = (tokens: readonly CST.Token[]): CST.Token | undefined => {
  let level = tokens;
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth++) level = level.flatMap(partsOf);
  return level[0];
};

/** Turns the nodes of one document into values with places. */
class TreeReader {
  readonly problems: Problem[] = [];
  readonly #document: Document;
  readonly #source: SourceText;
  #values = 0;
  #aliases = 0;

  constructor(document: Document, source: SourceText) {
    this.#document = document;
    this.#source = source;
  }

  read(node: YamlNode, path: Path): Sourced {
    const span = this.#span(node);
    this.#values += 1;
    if (this.#values === MAX_VALUES + 1)
      this.#refuse(`more than ${MAX_VALUES} values in one file`, span, path);
    if (this.#values > MAX_VALUES) return EMPTY;
    if (isAlias(node)) return this.#readAlias(node, span, path);
    if (node?.tag !== undefined) this.#refuse('tags are not allowed here', span, path);
    if (isMap(node)) return { kind: 'map', entries: this.#readEntries(node.items, path), span };
    if (isSeq(node)) {
      const items = node.items.map((item, i) => this.read(item as YamlNode, [...path, i]));
      return { kind: 'list', items, span };
    }
    const scalar = isScalar(node) ? node : undefined;
    return { kind: 'scalar', value: scalar?.value ?? null, plain: scalar?.type === 'PLAIN', span };
  }

  #readAlias(node: Extract<YamlNode, { source: string }>, span: Span | undefined, path: Path): Sourced {
    this.#aliases += 1;
    if (this.#aliases === MAX_ALIASES + 1)
      this.#refuse(`more than ${MAX_ALIASES} aliases in one file`, span, path);
    if (this.#aliases > MAX_ALIASES) return EMPTY;
    const target = node.resolve(this.#document);
    if (target) return { ...this.read(target, path), span };
    this.#refuse(`there is no anchor \`&${node.source}\` before this alias`, span, path);
    return EMPTY;
  }

  #readEntries(
    pairs: readonly { readonly key: unknown; readonly value: unknown }[],
    path: Path,
  ): Map<string, Entry> {
    const entries = new Map<string, Entry>();
    for (const pair of pairs) {
      const key = isScalar(pair.key) ? pair.key.value : undefined;
      const span = this.#span(pair.key as YamlNode);
      const name = String(key);
      const keyPath = [...path, name];
      const fault = this.#keyFault(key, name, entries);
      if (fault === undefined)
        entries.set(name, { key: span, value: this.read(pair.value as YamlNode, keyPath) });
      else this.#refuse(fault, span, key === undefined ? path : keyPath);
    }
    return entries;
  }

  #keyFault(key: unknown, name: string, entries: ReadonlyMap<string, Entry>): string | undefined {
    if (key === undefined || key === null) return 'expected a name as the key';
    const first = entries.get(name);
    if (!first) return keyFault(name);
    const line = whereaboutsOf(first.key, []).place?.line;
    return `duplicate key \`${name}\`; it is set in line ${line} already`;
  }

  #span(node: YamlNode | undefined): Span | undefined {
    const range = node?.range;
    return range ? { source: this.#source, start: range[0], end: range[1] } : undefined;
  }

  #refuse(message: string, span: Span | undefined, path: Path): void {
    this.problems.push({ severity: 'error', message, ...whereaboutsOf(span, path) });
  }
}

const readDocument = (document: Document, source: SourceText): Reading => {
  const { errors, contents } = document;
  if (errors.length > 0) {
    const problems = errors.slice(0, MAX_SYNTAX_PROBLEMS).map(({ pos, message }) =>
      at(
        source,
        pos[0],
        pos[1],
        message.replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase()),
      ),
    );
    return { root: undefined, problems };
  }
  const reader = new TreeReader(document, source);
  const root = contents === null ? emptyAt(source) : reader.read(contents, []);
  return { root, problems: reader.problems };
};

/** Reads YAML 1.2 (core schema; JSON is a part of it). Everything that can grow without bound is limited. */
export const readYaml = (source: SourceText): Reading => {
  const { text } = source;
  const refuse = (start: number, end: number, message: string): Reading => ({
    root: undefined,
    problems: [at(source, start, end, message)],
  });
  if (text.length > MAX_LENGTH) return refuse(0, 1, `the file is larger than ${MAX_LENGTH / 1e6} MB`);
  const tokens = [...new Parser(new LineCounter().addNewLine).parse(text)];
  const deep = tooDeep(tokens);
  if (deep) return refuse(deep.offset, deep.offset + 1, `nested deeper than ${MAX_DEPTH} levels`);
  const composer = new Composer({ version: '1.2', schema: 'core', uniqueKeys: false, prettyErrors: false });
  const [document, second] = [...composer.compose(tokens, true, text.length)];
  if (second)
    return refuse(
      second.range[0],
      second.range[0] + 3,
      'more than one document in one file; use `include` for further files',
    );
  return document ? readDocument(document, source) : { root: emptyAt(source), problems: [] };
};
