import type { Problem } from '../../core/errors.ts';
import { anError, aWarning } from '../reading/problem.ts';
import type { Locate, Path } from '../reading/sourced.ts';
import type { WrittenPool } from '../schema/schema.ts';
import type { Check } from './parts.ts';

/** A check of one pool, as far as it is right. */
type PoolCheck = (pool: Partial<WrittenPool>, path: Path, locate: Locate) => readonly Problem[];

const credentialsHold: PoolCheck = ({ credentials }, path, locate) => {
  if (!credentials) return [];
  const { user, password, passwordFile, bearerFile } = credentials;
  const refuse = (key: string, message: string): readonly Problem[] => [
    anError(message, locate([...path, 'credentials', key], 'key')),
  ];
  if (bearerFile !== undefined && (user ?? password ?? passwordFile) !== undefined)
    return refuse('bearerFile', 'there is both a user with a password and `bearerFile`; keep one of them');
  if (password !== undefined && passwordFile !== undefined)
    return refuse('passwordFile', 'there are both `password` and `passwordFile`; keep one of them');
  if (bearerFile !== undefined || (user !== undefined && (password ?? passwordFile) !== undefined)) return [];
  const message = 'expected `user` with `password` or `passwordFile`, or `bearerFile`';
  return [anError(message, locate([...path, 'credentials'], 'key'))];
};

const certificateIsWhole: PoolCheck = ({ tls }, path, locate) => {
  if (!tls || (tls.cert === undefined) === (tls.key === undefined)) return [];
  const [there, missing] = tls.cert === undefined ? (['key', 'cert'] as const) : (['cert', 'key'] as const);
  return [anError(`there is \`${there}\` without \`${missing}\``, locate([...path, 'tls', there], 'key'))];
};

const warmupFits: PoolCheck = ({ maxConnections, servers = [], warmup = 0 }, path, locate) => {
  const most = [maxConnections, ...servers.map((server) => server.maxConnections)];
  const tooFew = most.some((max) => max !== undefined && warmup > max);
  return tooFew ? [anError('`warmup` is more than `maxConnections`', locate([...path, 'warmup']))] : [];
};

const pingIsSent: PoolCheck = ({ validate, ping = 'tcp' }, path, locate) =>
  validate === 'never' && ping !== 'tcp'
    ? [
        aWarning('`ping` is never sent: `validate` is `never`', locate([...path, 'ping'], 'key'), {
          suggestion: 'add `validate: { afterIdle: 30s }`',
        }),
      ]
    : [];

/** A PROXY header names one client, so that no connection behind one is kept. */
const keepsConnections: PoolCheck = ({ proxyProtocol, warmup = 0, validate = 'never' }, path, locate) => {
  if (proxyProtocol === undefined) return [];
  const useless = [...(warmup > 0 ? ['warmup'] : []), ...(validate === 'never' ? [] : ['validate'])];
  const message = 'with `proxyProtocol` each connection is for one request: none is opened ahead or kept';
  return useless.map((key) => aWarning(message, locate([...path, key], 'key')));
};

const POOL_CHECKS: readonly PoolCheck[] = [
  credentialsHold,
  certificateIsWhole,
  warmupFits,
  pingIsSent,
  keepsConnections,
];

/** How the connections of a pool fit together. */
export const CONNECTION_CHECKS: readonly Check[] = POOL_CHECKS.map(
  (check): Check =>
    ({ pools }, locate) =>
      [...pools].flatMap(([name, pool]) => check(pool, ['pools', name], locate)),
);
