/** A metric as an expression names it, with the labels that it is chosen or summed by. */
export interface Mention {
  readonly name: string;
  readonly labels: readonly string[];
}

const METRIC = /\b((?:forehand|process|nodejs)_\w+)\b(?:\{([^}]*)\})?/g;
const LABEL = /(\w+)\s*(?:=~|!~|!=|=)/g;
const GROUPING = /\b(?:by|on)\s*\(([^)]*)\)/g;

/** Those that a scrape adds, or that say which bucket or quantile it is. */
const ADDED = new Set(['instance', 'job', 'le', 'quantile']);

/** All metrics of an expression of PromQL. Labels of a grouping are held against each of them. */
export const mentionsIn = (expression: string): readonly Mention[] => {
  const grouped = [...expression.matchAll(GROUPING)].flatMap(([, names = '']) =>
    names.split(',').map((name) => name.trim()),
  );
  return [...expression.matchAll(METRIC)].map(([, name = '', selector = '']) => ({
    name,
    labels: [
      ...new Set([...[...selector.matchAll(LABEL)].map(([, label = '']) => label), ...grouped]),
    ].filter((label) => !ADDED.has(label)),
  }));
};
