import { isIP } from 'node:net';
import { type ExplainContext, explain } from '../../core/explain.ts';
import type { RouteTable } from '../../core/route.ts';
import type { RequestView } from '../../core/types.ts';
import type { ExplainAnswer, ExplainQuestion } from '../views/views.ts';

const cookiesOf = (header: string | undefined): ReadonlyMap<string, string> => {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim());
  return new Map(pairs.map((pair) => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)]));
};

/**
 * The request that a question is about. A bare path means this proxy's own host. Throws a TypeError that names what
 * is wrong.
 */
export const questionedRequest = (question: ExplainQuestion): RequestView => {
  const { method = 'GET', headers = {}, from = '127.0.0.1' } = question;
  const base = 'http://localhost';
  if (typeof question.url !== 'string' || !URL.canParse(question.url, base)) {
    throw new TypeError(`url: expected a URL or a path, got ${JSON.stringify(question.url)}`);
  }
  const url = new URL(question.url, base);
  if (!/^https?:$/.test(url.protocol))
    throw new TypeError(`url: expected http or https, got ${url.protocol}`);
  if (isIP(from) === 0) throw new TypeError(`from: expected an IP address, got ${JSON.stringify(from)}`);
  const fields = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
  const cookies = cookiesOf(fields.get('cookie'));
  const host = fields.get('host')?.replace(/:\d+$/, '').toLowerCase() ?? url.hostname;
  return {
    method: method.toUpperCase(),
    host,
    path: url.pathname,
    query: url.search.slice(1),
    clientIp: from,
    scheme: url.protocol === 'https:' ? 'https' : 'http',
    header: (name) => fields.get(name.toLowerCase()),
    cookie: (name) => cookies.get(name),
  };
};

/** What the chain of its route would answer. Undefined if no route matches; throws as `questionedRequest` does. */
export const explainQuestion = (
  question: ExplainQuestion,
  routes: RouteTable,
  context: Omit<ExplainContext, 'request'>,
): ExplainAnswer | undefined => {
  const request = questionedRequest(question);
  const route = routes(request);
  if (!route) return undefined;
  const { chain, name } = route;
  const answer = explain(chain, { ...context, request });
  const pool = chain.pool.name;
  // The chain of a route without a pool is empty, and so is its name: there is nothing to say of it.
  return { pool, route: name, ...answer, ...(pool === '' ? { why: `route ${name} answers itself` } : {}) };
};
