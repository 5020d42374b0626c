import { isLoopback } from '../../core/accept.ts';
import type { Problem } from '../../core/errors.ts';
import { tokenLines } from '../completing/token-lines.ts';
import type { FileTexts } from '../reading/named-files.ts';
import { anError, aWarning } from '../reading/problem.ts';
import { type Locate, type Path, pathText } from '../reading/sourced.ts';
import { parseListenAddress } from '../schema/address.ts';
import type { Check, Parts } from './parts.ts';

/** Shorter tokens can be guessed. */
const SHORT = 16;

/** Other machines can reach the address. */
const isOpen = (admin: Parts['admin']): boolean => {
  const address = typeof admin === 'string' ? parseListenAddress(admin) : undefined;
  return address?.kind === 'tcp' && !isLoopback(address.host);
};

const othersAreAsked: Check = ({ admin, adminAuth }, locate) => {
  if (!isOpen(admin) || adminAuth) return [];
  return [
    anError(
      `the admin address ${admin} is open to others, and it asks nobody who they are`,
      locate(['admin']),
      {
        suggestion: 'say with `adminAuth` who may come, or use a loopback address or unix:/path',
      },
    ),
  ];
};

const authSaysWho: Check = ({ adminAuth, admin }, locate) => {
  if (!adminAuth) return [];
  if (Object.keys(adminAuth).length === 0)
    return [
      anError('`adminAuth` lets nobody in', locate(['adminAuth'], 'key'), {
        suggestion: 'give `basic`, `bearer`, `certificates` or `proxy`',
      }),
    ];
  return admin === false
    ? [aWarning('`adminAuth` is for the admin listener, which is off', locate(['adminAuth'], 'key'))]
    : [];
};

/** Whoever can read the way to the address can then do what they can do. */
const secretsAreHidden: Check = ({ admin, adminAuth, adminTls }, locate) => {
  if (!isOpen(admin) || adminTls || !(adminAuth?.basic ?? adminAuth?.bearer)) return [];
  const what = adminAuth.basic ? 'basic' : 'bearer';
  const secrets = adminAuth.basic ? 'passwords' : 'tokens';
  return [
    aWarning(
      `${secrets} for the admin address ${admin} go over the network in the clear`,
      locate(['adminAuth', what], 'key'),
      {
        suggestion: 'add `adminTls`, unless TLS ends in front of it',
      },
    ),
  ];
};

const certificatesHaveTls: Check = ({ adminAuth, adminTls }, locate) =>
  !adminAuth?.certificates || adminTls
    ? []
    : [anError('`certificates` needs `adminTls`', locate(['adminAuth', 'certificates'], 'key'))];

const namesDiffer = (names: readonly string[], path: Path, locate: Locate): readonly Problem[] =>
  names.flatMap((name, i) => {
    const first = names.indexOf(name);
    if (first === i) return [];
    const message = `the name \`${name}\` is that of ${pathText([...path, first])} already`;
    return [anError(message, locate([...path, i, 'name']))];
  });

const peopleDiffer: Check = ({ adminAuth }, locate) => [
  ...namesDiffer(
    adminAuth?.basic?.users.map(({ name }) => name) ?? [],
    ['adminAuth', 'basic', 'users'],
    locate,
  ),
  ...namesDiffer(adminAuth?.bearer?.map(({ name }) => name) ?? [], ['adminAuth', 'bearer'], locate),
];

const oneOf = (
  [first, second]: readonly [string | undefined, string | undefined],
  [name, file]: readonly [string, string],
  path: Path,
  locate: Locate,
): readonly Problem[] => {
  if (first !== undefined && second !== undefined)
    return [
      anError(`there are both \`${name}\` and \`${file}\`; keep one of them`, locate([...path, file], 'key')),
    ];
  return (first ?? second) === undefined
    ? [anError(`there is neither \`${name}\` nor \`${file}\``, locate(path, 'key'))]
    : [];
};

const secretsAreThere: Check = ({ adminAuth }, locate) => [
  ...(adminAuth?.basic?.users ?? []).flatMap(({ hash, hashFile }, i) =>
    oneOf([hash, hashFile], ['hash', 'hashFile'], ['adminAuth', 'basic', 'users', i], locate),
  ),
  ...(adminAuth?.bearer ?? []).flatMap(({ token, tokenFile }, i) =>
    oneOf([token, tokenFile], ['token', 'tokenFile'], ['adminAuth', 'bearer', i], locate),
  ),
];

const tokensAreLong: Check = ({ adminAuth }, locate) =>
  (adminAuth?.bearer ?? []).flatMap(({ token }, i) =>
    token === undefined || token.length >= SHORT
      ? []
      : [
          aWarning(
            `a token of fewer than ${SHORT} characters can be guessed`,
            locate(['adminAuth', 'bearer', i, 'token'], 'key'),
            { suggestion: 'write one with openssl rand -hex 32' },
          ),
        ],
  );

const proxyIsSomebody: Check = ({ adminAuth }, locate) =>
  (adminAuth?.proxy?.from ?? []).flatMap((range, i) =>
    range.endsWith('/0')
      ? [
          anError(
            `${range} is everybody, who could then say to be anybody`,
            locate(['adminAuth', 'proxy', 'from', i]),
          ),
        ]
      : [],
  );

const groupHasUser: Check = ({ user, group }, locate) =>
  group !== undefined && user === undefined
    ? [anError('`group` needs `user`', locate(['group'], 'key'))]
    : [];

/** A token stands for one name: else nobody could say what it allows. Never shows one. */
export const sharedAdminTokens = (
  { adminAuth }: Parts,
  texts: FileTexts,
  locate: Locate,
): readonly Problem[] => {
  const first = new Map<string, Path>();
  return (adminAuth?.bearer ?? []).flatMap(({ token }, i) => {
    const entry = ['adminAuth', 'bearer', i];
    const secrets = tokenLines(token, entry, texts);
    const path = [...entry, token ? 'token' : 'tokenFile'];
    const other = secrets.map((secret) => first.get(secret)).find((known) => known !== undefined);
    for (const secret of secrets) if (!first.has(secret)) first.set(secret, path);
    return other ? [anError(`this token is that of \`${pathText(other)}\` already`, locate(path))] : [];
  });
};

export const ADMIN_CHECKS: readonly Check[] = [
  othersAreAsked,
  authSaysWho,
  secretsAreHidden,
  certificatesHaveTls,
  peopleDiffer,
  secretsAreThere,
  tokensAreLong,
  proxyIsSomebody,
  groupHasUser,
];
