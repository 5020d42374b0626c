import { addressOf, isLoopback } from '../../core/accept.ts';
import type { Problem } from '../../core/errors.ts';
import { anError, knownHelp } from '../reading/problem.ts';
import type { Locate, Path } from '../reading/sourced.ts';
import { parseAgentAddress } from '../schema/address.ts';
import type { Check } from './parts.ts';

/** An address that other machines reach. Heartbeats are never signed; `from` says whom to believe. */
const isOpen = (text: string): boolean => {
  const address = parseAgentAddress(text);
  return typeof address !== 'string' && address.kind !== 'heartbeat' && !isLoopback(address.host);
};

/** Unsigned reports are taken from this machine only: who can report can draw all traffic to one server. */
const reportsAreSigned: Check = ({ agents }, locate) => {
  if (!agents || agents.token || (agents.tokenFile ?? agents.tokens) !== undefined) return [];
  const problems = agents.listen.map((text, i) =>
    isOpen(text)
      ? anError(`reports on ${text} would be believed whoever sends them`, locate(['agents', 'listen', i]), {
          suggestion: 'set `token`, `tokenFile` or `tokens`, or listen on loopback',
        })
      : undefined,
  );
  return problems.filter((problem) => problem !== undefined);
};

const heartbeatsHaveSources: Check = ({ agents }, locate) =>
  (agents?.listen ?? []).flatMap((text, i) => {
    const address = parseAgentAddress(text);
    if (typeof address === 'string' || address.kind !== 'heartbeat') return [];
    if (address.from || isLoopback(address.host)) return [];
    return [
      anError(`nobody signs the heartbeats on ${text}`, locate(['agents', 'listen', i]), {
        suggestion: 'say which addresses to believe: `?from=10.0.0.0/8`',
      }),
    ];
  });

const reportsCome: Check = ({ agents, state }, locate) =>
  !agents || agents.listen.length > 0 || state?.driver === 'redis'
    ? []
    : [anError('`listen` is missing', locate(['agents'], 'key'))];

interface WithToken {
  readonly token?: string;
  readonly tokenFile?: string;
}

const bothTokens = ({ token, tokenFile }: WithToken, path: Path, locate: Locate): readonly Problem[] =>
  !token || tokenFile === undefined
    ? []
    : [
        anError(
          'there are both `token` and `tokenFile`; keep one of them',
          locate([...path, 'tokenFile'], 'key'),
        ),
      ];

const oneToken: Check = ({ agents = {}, state = {}, explain = {} }, locate) => [
  ...bothTokens(explain, ['explain'], locate),
  ...bothTokens(agents, ['agents'], locate),
  ...bothTokens(state, ['state'], locate),
];

const explainHolds: Check = ({ explain }, locate) =>
  !explain || (explain.token ?? explain.tokenFile) !== undefined
    ? []
    : [anError('there is neither `token` nor `tokenFile`', locate(['explain'], 'key'))];

const tokensHold: Check = ({ agents, pools }, locate) => {
  const tokens = agents?.tokens ?? [];
  const names = tokens.map(({ name }) => name);
  return tokens.flatMap((entry, i): readonly Problem[] => {
    const path = ['agents', 'tokens', i];
    const first = names.indexOf(entry.name);
    return [
      ...bothTokens(entry, path, locate),
      ...((entry.token ?? entry.tokenFile) === undefined
        ? [anError('there is neither `token` nor `tokenFile`', locate(path, 'key'))]
        : []),
      ...(first < i
        ? [
            anError(
              `the name \`${entry.name}\` is that of tokens[${first}] already`,
              locate([...path, 'name']),
            ),
          ]
        : []),
      ...(entry.pools ?? []).flatMap((pool, j) =>
        pools.has(pool)
          ? []
          : [
              anError(
                `there is no pool ${JSON.stringify(pool)}`,
                locate([...path, 'pools', j]),
                knownHelp(pool, [...pools.keys()]),
              ),
            ],
      ),
    ];
  });
};

const tlsIsUsed: Check = ({ agents }, locate) => {
  if (!agents) return [];
  const secure = agents.listen.map((text) => /^https:/i.test(text));
  const first = secure.indexOf(true);
  if (first !== -1 && !agents.tls)
    return [anError('an address with https needs `tls`', locate(['agents', 'listen', first]))];
  return agents.tls && first === -1
    ? [
        anError(
          '`tls` is for addresses that begin with https://, and there is none',
          locate(['agents', 'tls'], 'key'),
        ),
      ]
    : [];
};

const redisIsReached: Check = ({ state }, locate) => {
  if (!state?.driver) return [];
  if (state.driver === 'memory')
    return state.url === undefined
      ? []
      : [anError('`url` is for `driver: redis`', locate(['state', 'url'], 'key'))];
  if (state.url === undefined) return [anError('`driver: redis` needs `url`', locate(['state', 'driver']))];
  if (isLoopback(addressOf(new URL(state.url))) || state.token || state.tokenFile !== undefined) return [];
  return [
    anError('what comes through Redis would be believed whoever writes it', locate(['state', 'url']), {
      suggestion: 'set `tokenFile`, or use a Redis on loopback',
    }),
  ];
};

export const FLEET_CHECKS: readonly Check[] = [
  reportsCome,
  reportsAreSigned,
  heartbeatsHaveSources,
  oneToken,
  tokensHold,
  explainHolds,
  tlsIsUsed,
  redisIsReached,
];
