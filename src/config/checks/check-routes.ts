import { isIdempotent } from '../../core/candidates.ts';
import type { RouteMatch } from '../../core/route.ts';
import { anError, aWarning, knownHelp } from '../reading/problem.ts';
import type { Check } from './parts.ts';
import { hostRules } from './placed-rules.ts';

/** Without pools, routes or hosts have to answer by themselves. */
export const somebodyAnswers: Check = ({ pools, routes, hosts }, locate) => {
  if (pools.size > 0 || routes || hosts) return [];
  return [
    anError('`pools` is missing', locate(['pools']), {
      note: 'with no `routes` or `hosts` either, nobody answers',
    }),
  ];
};

const severalPoolsNeedRoutes: Check = ({ pools, routes, hosts }, locate) => {
  if (routes || hosts || pools.size < 2) return [];
  const message = 'there are several pools, but no `routes` that say which requests go to which';
  return [anError(message, locate(['pools'], 'key'), { suggestion: 'add `routes`' })];
};

const routesLeadToPools: Check = ({ pools, routes = [] }, locate) =>
  routes.flatMap(({ pool }, i) =>
    pool === undefined || pools.has(pool)
      ? []
      : [
          anError(
            `there is no pool \`${pool}\``,
            locate(['routes', i, 'pool']),
            knownHelp(pool, pools.keys()),
          ),
        ],
  );

const matchKey = ({ host, path, methods, headers }: RouteMatch): string =>
  JSON.stringify([host, path ?? '/', [...new Set(methods)].toSorted(), headers]);

const matchesDiffer: Check = ({ routes = [] }, locate) => {
  const first = new Map<string, number>();
  return routes.flatMap(({ whole }, i) => {
    if (!whole) return [];
    const key = matchKey(whole);
    const earlier = first.get(key);
    if (earlier !== undefined)
      return [
        aWarning(`no request gets here: routes[${earlier}] matches the same ones`, locate(['routes', i])),
      ];
    first.set(key, i);
    return [];
  });
};

const namesDiffer: Check = ({ routes = [] }, locate) => {
  const first = new Map<string, number>();
  return routes.flatMap(({ whole }, i) => {
    const name = whole?.name;
    if (name === undefined) return [];
    const earlier = first.get(name);
    if (earlier !== undefined)
      return [
        anError(`the name \`${name}\` is that of routes[${earlier}] already`, locate(['routes', i, 'name'])),
      ];
    first.set(name, i);
    return [];
  });
};

const hedgesCanBe: Check = ({ routes = [] }, locate) =>
  routes.flatMap(({ whole }, i) =>
    whole?.hedge && whole.methods?.some(isIdempotent) === false
      ? [
          aWarning(
            `nothing is hedged: of ${whole.methods.join(', ')} no copy may be sent`,
            locate(['routes', i, 'hedge'], 'key'),
          ),
        ]
      : [],
  );

const poolsAreUsed: Check = ({ pools, routes = [], hosts = [] }, locate) => {
  const leading = routes.filter(({ whole, pool }) => !whole || pool !== undefined);
  const ofHosts = hostRules(hosts).flatMap(({ rules }) => rules.pool ?? []);
  const used = new Set([...leading.map(({ pool }) => pool), ...ofHosts]);
  // A route that leads nowhere may have been meant for any of them.
  const isWhole = used.size > 0 && [...used].every((pool) => pool !== undefined && pools.has(pool));
  if (!isWhole) return [];
  return [...pools.keys()]
    .filter((name) => !used.has(name))
    .map((name) => aWarning(`no route leads to pool \`${name}\``, locate(['pools', name], 'key')));
};

export const ROUTE_CHECKS: readonly Check[] = [
  severalPoolsNeedRoutes,
  routesLeadToPools,
  matchesDiffer,
  namesDiffer,
  hedgesCanBe,
  poolsAreUsed,
];
