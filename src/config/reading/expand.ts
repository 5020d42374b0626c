import type { Problem } from '../../core/errors.ts';
import type { Reading } from './read-yaml.ts';
import type { Span } from './source-text.ts';
import { type Path, type Sourced, whereaboutsOf } from './sourced.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;
const BODY = /^([A-Za-z_][A-Za-z0-9_]*)(?::([-?])(.*))?$/s;

type Fault = (reference: string, message: string, suggestion?: string) => void;

/** As in a POSIX shell, an empty variable counts as unset where a default or a message is given. */
const lookUp = (reference: string, body: string, env: Environment, fault: Fault): string => {
  const match = BODY.exec(body);
  if (!match) {
    fault(
      reference,
      `\`${reference}\` is not a variable; write \`\${NAME}\`, or \`$\${\` for the characters themselves`,
    );
    return reference;
  }
  const [, name = '', operator, word = ''] = match;
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (operator === '-') return value || word;
  if (operator === '?' && !value)
    fault(reference, word || `the environment variable ${name} is empty or not set`);
  else if (value === undefined)
    fault(
      reference,
      `the environment variable ${name} is not set`,
      `set it, or give a default: \`\${${name}:-…}\``,
    );
  return value ?? reference;
};

/** What a scalar without quotes is once its variables are known: a number, true or false if it looks like one. */
const retyped = (text: string): string | number | boolean => {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^[-+]?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
};

const spanOf = (reference: string, span: Span | undefined): Span | undefined => {
  if (!span) return undefined;
  const start = span.source.text.indexOf(reference, span.start);
  return start === -1 || start >= span.end ? span : { ...span, start, end: start + reference.length };
};

/**
 * Replaces `${NAME}`, `${NAME:-default}` and `${NAME:?message}` in text values (never in keys); `$${` stands for `${`.
 * It works on values that were read already, so a variable can never add structure.
 */
export const expandVariables = (root: Sourced, env: Environment): Reading => {
  const problems: Problem[] = [];
  const expandText = (text: string, span: Span | undefined, path: Path): string => {
    const fault: Fault = (reference, message, suggestion) =>
      problems.push({
        severity: 'error',
        message,
        ...(suggestion === undefined ? {} : { suggestion }),
        ...whereaboutsOf(spanOf(reference, span), path),
      });
    return text.replace(REFERENCE, (reference, body: string | undefined, end: string | undefined) => {
      if (body === undefined) return '${';
      return lookUp(reference, end === '}' ? body : '', env, fault);
    });
  };
  const expand = (node: Sourced, path: Path): Sourced => {
    if (node.kind === 'list')
      return { ...node, items: node.items.map((item, i) => expand(item, [...path, i])) };
    if (node.kind === 'map') {
      const entries = [...node.entries].map(
        ([name, { key, value }]) => [name, { key, value: expand(value, [...path, name]) }] as const,
      );
      return { ...node, entries: new Map(entries) };
    }
    if (typeof node.value !== 'string' || !node.value.includes('${')) return node;
    const text = expandText(node.value, node.span, path);
    return { ...node, value: node.plain ? retyped(text) : text };
  };
  return { root: expand(root, []), problems };
};
