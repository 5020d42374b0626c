import type { Problem } from '../../core/errors.ts';
import { anError, knownHelp } from '../reading/problem.ts';
import type { Locate, Path } from '../reading/sourced.ts';
import type { RouteConfig } from '../schema/schema.ts';
import type { Check, Parts } from './parts.ts';
import { answersOf, hostRules, type PlacedRules, routeRules } from './placed-rules.ts';

type RuleCheck = (placed: PlacedRules, parts: Parts, locate: Locate) => readonly Problem[];

const KNOWN = '`pool`, `redirect`, `respond`, `files` or `handler`';
/** What `local` in a chain falls through to. */
const BESIDE_POOL: readonly string[] = ['respond', 'files', 'handler'];

const onceAnswered: RuleCheck = ({ kind, rules, path }, _, locate) => {
  const answers = answersOf(rules);
  const [first, second] = answers;
  if (first === undefined)
    return kind === 'host' ? [] : [anError(`nothing answers here: expected ${KNOWN}`, locate(path))];
  if (second === undefined) return [];
  if (answers.length === 2 && first === 'pool' && BESIDE_POOL.includes(second)) return [];
  const message = `one thing answers a request, got ${answers.map((key) => `\`${key}\``).join(' and ')}`;
  const suggestion =
    first === 'pool' && second === 'redirect' ? 'make a route of its own for the redirect' : undefined;
  return [anError(message, locate([...path, second], 'key'), { suggestion })];
};

/** Keys that say something of the way to servers. */
const OF_POOLS = ['chain', 'whenEmpty', 'hedge', 'probe'] as const;

const poolsAreNamed: RuleCheck = ({ rules, path, kind }, { pools }, locate) => {
  const { pool } = rules;
  if (pool === undefined)
    return OF_POOLS.filter((key) => rules[key] !== undefined).map((key) =>
      anError(
        `\`${key}\` says how a server of a pool is chosen, and there is no \`pool\``,
        locate([...path, key], 'key'),
      ),
    );
  // For routes, another check says it.
  if (kind === 'route' || pools.has(pool)) return [];
  return [anError(`there is no pool \`${pool}\``, locate([...path, 'pool']), knownHelp(pool, pools.keys()))];
};

const usersAreRight = (users: NonNullable<RouteConfig['auth']>['users'], path: Path, locate: Locate) =>
  users.flatMap(({ name, hash, hashFile }, i): readonly Problem[] => {
    const at = [...path, 'auth', 'users', i];
    const earlier = users.findIndex((user) => user.name === name);
    if (earlier < i)
      return [anError(`the name \`${name}\` is that of users[${earlier}] already`, locate([...at, 'name']))];
    if ((hash === undefined) !== (hashFile === undefined)) return [];
    return [anError('expected either `hash` or `hashFile`', locate(at))];
  });

const loginsAreRight: RuleCheck = ({ rules: { auth }, path }, _, locate) =>
  auth ? usersAreRight(auth.users, path, locate) : [];

const WITHOUT_CONTENT: readonly number[] = [204, 205, 304];

const responsesAreRight: RuleCheck = ({ rules: { respond }, path }, _, locate) => {
  if (!respond) return [];
  const { status, body, bodyFile } = respond;
  const at = (key: string) => locate([...path, 'respond', key], 'key');
  if (body !== undefined && bodyFile !== undefined)
    return [anError('expected either `body` or `bodyFile`', at('bodyFile'))];
  const key = body === undefined ? 'bodyFile' : 'body';
  return WITHOUT_CONTENT.includes(status) && (body ?? bodyFile) !== undefined
    ? [anError(`an answer with the status ${status} has no content`, at(key))]
    : [];
};

/** What changes a path has to know what the path means. */
const CHANGES_PATH = ['rewrite', 'stripPrefix', 'addPrefix'] as const;

const pathsAreRight: RuleCheck = ({ rules, path }, _, locate) => {
  const change = CHANGES_PATH.find((key) => rules[key] !== undefined);
  if (rules.paths !== 'asSent' || change === undefined) return [];
  const message = `\`${change}\` changes the path that was matched, so the path cannot go \`asSent\``;
  return [anError(message, locate([...path, 'paths']), { suggestion: 'leave `paths` out' })];
};

const editsAreRight: RuleCheck = ({ rules, path }, _, locate) =>
  (['requestHeaders', 'answerHeaders'] as const).flatMap((key) => {
    const { set = {}, add = {}, remove = [] } = rules[key] ?? {};
    const others = new Set([...Object.keys(set), ...Object.keys(add)].map((name) => name.toLowerCase()));
    return remove.flatMap((name, i) =>
      others.has(name.toLowerCase())
        ? [anError(`\`${name}\` is removed, and set or added too`, locate([...path, key, 'remove', i]))]
        : [],
    );
  });

const CHECKS: readonly RuleCheck[] = [
  onceAnswered,
  poolsAreNamed,
  loginsAreRight,
  responsesAreRight,
  pathsAreRight,
  editsAreRight,
];

const rulesHold: Check = (parts, locate) =>
  [...routeRules((parts.routes ?? []).map(({ whole }) => whole)), ...hostRules(parts.hosts ?? [])].flatMap(
    (placed) => CHECKS.flatMap((check) => check(placed, parts, locate)),
  );

export const RULE_CHECKS: readonly Check[] = [rulesHold];
