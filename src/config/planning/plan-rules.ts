import type {
  AccessRule,
  PlannedAccess,
  PlannedEdits,
  PlannedLimit,
  PlannedLogin,
  PlannedPage,
  PlannedPath,
  PlannedResponse,
  PlannedRewrite,
  PlannedRules,
} from '../../rules/planned-rules.ts';
import { PLAIN_FUNCTION } from '../../script/export-kind.ts';
import type { PlacedRules } from '../checks/placed-rules.ts';
import { typeOfFile } from '../checks/rule-files.ts';
import type { ReadConfig } from '../read.ts';
import type { Path } from '../reading/sourced.ts';
import type { RouteConfig } from '../schema/schema.ts';
import { isScriptPath } from '../schema/schema-rule-parts.ts';
import type { ExportPlanner } from './plan-exports.ts';

/** What rules are planned with. */
export interface RulePlanning {
  readonly read: Pick<ReadConfig, 'textAt'>;
  readonly exports: ExportPlanner;
}

/** The rules that hold for a request whatever answers it. */
export type PlannedGuards = Pick<
  PlannedRules,
  'access' | 'logins' | 'limits' | 'requestHeaders' | 'answerHeaders' | 'errorPages'
>;

const accessRules = async (
  rules: readonly string[],
  path: Path,
  { exports }: RulePlanning,
): Promise<readonly AccessRule[]> => {
  const planned = await Promise.all(
    rules.map(async (text, i) => {
      if (!isScriptPath(text)) return text;
      const loaded = await exports.load(text, [...path, i], PLAIN_FUNCTION);
      return loaded && { reference: text, run: loaded.value, guard: loaded.guard };
    }),
  );
  return planned.filter((rule) => rule !== undefined);
};

const accessOf = async (
  { rules: { allow = [], deny = [] }, path }: PlacedRules,
  planning: RulePlanning,
): Promise<readonly PlannedAccess[]> => {
  if (allow.length + deny.length === 0) return [];
  return [
    {
      allow: await accessRules(allow, [...path, 'allow'], planning),
      deny: await accessRules(deny, [...path, 'deny'], planning),
    },
  ];
};

const loginsOf = ({ rules: { auth }, path }: PlacedRules, { read }: RulePlanning): readonly PlannedLogin[] =>
  auth
    ? [
        {
          realm: auth.realm,
          users: new Map(
            auth.users.map(({ name, hash }, i) => [
              name,
              hash ?? read.textAt([...path, 'auth', 'users', i, 'hashFile']) ?? '',
            ]),
          ),
        },
      ]
    : [];

const limitsOf = ({ rules: { rateLimit } }: PlacedRules, name: string): readonly PlannedLimit[] => {
  if (!rateLimit) return [];
  const { requests, per, burst = requests, key } = rateLimit;
  return [{ name, requests, per, burst: Math.max(1, burst), key }];
};

const editsOf = (edits: RouteConfig['requestHeaders']): readonly PlannedEdits[] => (edits ? [edits] : []);

/** Pages by status, with what their files say. */
export const pagesOf = (
  errorPages: RouteConfig['errorPages'],
  path: Path,
  { read }: Pick<RulePlanning, 'read'>,
): Readonly<Record<string, PlannedPage>> =>
  Object.fromEntries(
    Object.entries(errorPages ?? {}).map(([status, file]) => [
      status,
      { contentType: typeOfFile(file), body: read.textAt([...path, 'errorPages', status]) ?? '' },
    ]),
  );

/** `name`: of the route or host, for what is counted. */
export const planGuards = async (
  placed: PlacedRules,
  name: string,
  planning: RulePlanning,
): Promise<PlannedGuards> => ({
  access: await accessOf(placed, planning),
  logins: loginsOf(placed, planning),
  limits: limitsOf(placed, name),
  requestHeaders: editsOf(placed.rules.requestHeaders),
  answerHeaders: editsOf(placed.rules.answerHeaders),
  errorPages: pagesOf(placed.rules.errorPages, placed.path, planning),
});

/** The rules of both: first those of the whole, such as a host; pages of the part come before those of the whole. */
export const joinGuards = (whole: PlannedGuards, part: PlannedGuards): PlannedGuards => ({
  access: [...whole.access, ...part.access],
  logins: [...whole.logins, ...part.logins],
  limits: [...whole.limits, ...part.limits],
  requestHeaders: [...whole.requestHeaders, ...part.requestHeaders],
  answerHeaders: [...whole.answerHeaders, ...part.answerHeaders],
  errorPages: { ...whole.errorPages, ...part.errorPages },
});

/** For what has none of its own. */
export const NO_GUARDS: PlannedGuards = {
  access: [],
  logins: [],
  limits: [],
  requestHeaders: [],
  answerHeaders: [],
  errorPages: {},
};

const rewritesOf = async (
  { rules: { rewrite = [] }, path }: PlacedRules,
  { exports }: RulePlanning,
): Promise<readonly PlannedRewrite[]> => {
  const planned = await Promise.all(
    rewrite.map(async (one, i) => {
      if (typeof one !== 'string') return one;
      const loaded = await exports.load(one, [...path, 'rewrite', i], PLAIN_FUNCTION);
      return loaded && { reference: one, run: loaded.value, guard: loaded.guard };
    }),
  );
  return planned.filter((one) => one !== undefined);
};

/**
 * What is cut off the path. A folder stands in place of its route's path, as in HTTP::Server::Multiplex, unless the path is
 * rewritten, or a server may answer in place of the folder.
 */
const prefixOf = ({
  stripPrefix,
  files,
  pool,
  rewrite,
  path = '/',
}: PlacedRules['rules']): string | undefined => {
  if (stripPrefix !== undefined || !files || pool !== undefined || rewrite) return stripPrefix;
  return path.replace(/\/$/, '') || undefined;
};

/** `host`: what the host says for all of its locations; undefined for a route. */
const pathOf = async (
  placed: PlacedRules,
  host: RouteConfig | undefined,
  planning: RulePlanning,
): Promise<PlannedPath> => {
  const { paths = host?.paths, encodedSlashes = host?.encodedSlashes, addPrefix } = placed.rules;
  const stripPrefix = prefixOf(placed.rules);
  const rewrites = await rewritesOf(placed, planning);
  const isChanged = rewrites.length > 0 || stripPrefix !== undefined || addPrefix !== undefined;
  return {
    isResolved: paths === undefined ? isChanged || host !== undefined : paths === 'resolved' || isChanged,
    refusesEncodedSlashes: (encodedSlashes ?? (host ? 'refuse' : 'keep')) === 'refuse',
    rewrites,
    ...(stripPrefix === undefined ? {} : { stripPrefix }),
    ...(addPrefix === undefined ? {} : { addPrefix }),
  };
};

const responseOf = (
  { rules: { respond }, path }: PlacedRules,
  { read }: RulePlanning,
): { readonly respond?: PlannedResponse } => {
  if (!respond) return {};
  const { status, headers, body, bodyFile, contentType } = respond;
  const text = body ?? (bodyFile && read.textAt([...path, 'respond', 'bodyFile']));
  const type = contentType ?? typeOfFile(bodyFile ?? '');
  return { respond: { status, headers, ...(text === undefined ? {} : { body: text, contentType: type }) } };
};

/** All rules of a route or a location, those that hold for it from outside included. */
export const planRules = async (
  placed: PlacedRules,
  { guards, host }: { readonly guards: PlannedGuards; readonly host: RouteConfig | undefined },
  planning: RulePlanning,
): Promise<PlannedRules> => ({
  ...guards,
  path: await pathOf(placed, host, planning),
  ...(placed.rules.redirect ? { redirect: placed.rules.redirect } : {}),
  ...responseOf(placed, planning),
});
