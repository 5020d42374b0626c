import type { Problem } from '../../core/errors.ts';
import { anError, aWarning } from '../reading/problem.ts';
import type { Locate, Path } from '../reading/sourced.ts';
import type { Check, Parts } from './parts.ts';

interface Cookie {
  readonly secret?: string | readonly string[];
  readonly secretFile?: string;
  readonly secure: 'auto' | boolean;
  readonly sameSite: string;
}

const cookieHolds = (
  { secret, secretFile, secure, sameSite }: Cookie,
  path: Path,
  locate: Locate,
): readonly Problem[] => [
  ...(secret !== undefined && secretFile !== undefined
    ? [
        anError(
          'there are both `secret` and `secretFile`; keep one of them',
          locate([...path, 'secretFile'], 'key'),
        ),
      ]
    : []),
  ...(sameSite === 'None' && secure === false
    ? [
        anError(
          'browsers take no cookie with `sameSite: None` that is not `secure`',
          locate([...path, 'secure']),
        ),
      ]
    : []),
];

const isShared = ({ state }: Parts): boolean => state?.driver === 'redis';

const secretIsShared = (
  { secret, secretFile }: Cookie,
  isNeeded: boolean,
  path: Path,
  locate: Locate,
): readonly Problem[] =>
  !isNeeded || (secret ?? secretFile) !== undefined
    ? []
    : [
        aWarning(
          'without a secret each proxy makes one up at every start, and takes the cookies of the others for forged',
          locate(path, 'key'),
          { suggestion: 'set `secret` or `secretFile`, the same on all proxies' },
        ),
      ];

const sessionsHold: Check = (parts, locate) => {
  const { sessions, state, workers = 1 } = parts;
  if (!sessions) return [];
  const { store, url } = sessions;
  const path = ['sessions'];
  const missing = store === 'redis' && (url ?? state?.url) === undefined;
  const unused = store === 'memory' && url !== undefined;
  return [
    ...cookieHolds(sessions, path, locate),
    ...secretIsShared(sessions, store === 'redis' || isShared(parts), path, locate),
    ...(missing
      ? [anError('`store: redis` needs `url`, here or in `state`', locate([...path, 'store']))]
      : []),
    ...(unused ? [anError('`url` is for `store: redis`', locate([...path, 'url'], 'key'))] : []),
    ...(store === 'memory' && workers !== 1
      ? [
          aWarning(
            'each worker has sessions of its own: a client whose connections go to several loses its data now and then',
            locate(path, 'key'),
            { suggestion: 'use `store: redis`, or `workers: 1`' },
          ),
        ]
      : []),
  ];
};

const stickyHolds: Check = (parts, locate) => {
  const owners = new Map<string, string>();
  if (parts.sessions) owners.set(parts.sessions.cookie, 'sessions');
  return [...parts.pools].flatMap(([name, { sticky }]): readonly Problem[] => {
    if (!sticky) return [];
    const path = ['pools', name, 'sticky'];
    const { cookie = `fh-${name}` } = sticky;
    const owner = owners.get(cookie);
    owners.set(cookie, `pools.${name}`);
    return [
      ...cookieHolds(sticky, path, locate),
      ...secretIsShared(sticky, isShared(parts), path, locate),
      ...(owner === undefined
        ? []
        : [anError(`the cookie \`${cookie}\` is that of \`${owner}\` already`, locate([...path, 'cookie']))]),
    ];
  });
};

const sessionsAreThere: Check = ({ sessions, routes = [], hosts = [] }, locate) => {
  if (sessions) return [];
  const wanting: readonly (Path | undefined)[] = [
    ...routes.map(({ whole }, i) => (whole?.sessions ? ['routes', i, 'sessions'] : undefined)),
    ...hosts.flatMap((host) => [
      host.sessions ? ['hosts', host.at, 'sessions'] : undefined,
      ...host.locations.map((one, j) =>
        one.sessions ? ['hosts', host.at, 'locations', j, 'sessions'] : undefined,
      ),
    ]),
  ];
  return wanting.flatMap((path) =>
    path === undefined
      ? []
      : [
          anError('there is no `sessions` that says how they are kept', locate(path), {
            suggestion: 'add `sessions: {}` at the top',
          }),
        ],
  );
};

export const SESSION_CHECKS: readonly Check[] = [sessionsHold, stickyHolds, sessionsAreThere];
