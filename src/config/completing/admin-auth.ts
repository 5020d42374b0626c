import { parsePasswordHash } from '../../password/password-hash.ts';
import type { FileReader, FileTexts, NamedFile } from '../reading/named-files.ts';
import type { WrittenConfig } from '../schema/schema.ts';
import type { adminShape } from '../schema/schema-admin.ts';
import { certificatesIn, privateKeyIn } from './certificates.ts';
import { tokensIn } from './secrets.ts';
import type { Certificate } from './tls-config.ts';
import { tokenLines } from './token-lines.ts';

/** What somebody may do: look, or change things too. */
export type AdminScope = 'read' | 'write';

/** The keys of the admin listener as they were written, as far as they are right. */
export type WrittenAdmin = Partial<Pick<WrittenConfig, keyof typeof adminShape>>;

type WrittenAuth = NonNullable<WrittenAdmin['adminAuth']>;

/** Somebody with a password. */
export interface AdminUser {
  readonly name: string;
  /** As text; a secret, though the password cannot be read from it. */
  readonly hash: string;
  readonly hashFile?: string;
  readonly scope: AdminScope;
}

/** Whoever shows one of the tokens. */
export interface AdminToken {
  readonly name: string;
  /** One or more. */
  readonly secrets: readonly string[];
  readonly tokenFile?: string;
  readonly scope: AdminScope;
}

/** Clients whose certificate is of one of the authorities. */
export interface AdminCertificates {
  /** PEM texts. */
  readonly ca: string;
  readonly caFile: string;
  /** Common names; all if left out. */
  readonly write?: readonly string[];
}

/** Who may use the admin listener. At least one key is there. */
export interface AdminAuth {
  readonly basic?: { readonly users: readonly AdminUser[]; readonly realm: string };
  readonly bearer?: readonly AdminToken[];
  readonly certificates?: AdminCertificates;
  readonly proxy?: NonNullable<WrittenAuth['proxy']>;
}

/** What the keys of the admin listener are once their files were read. */
export interface AdminConfig {
  readonly adminAuth?: AdminAuth;
  readonly adminTls?: Certificate;
}

/** Takes a hash of a password alone in a file. */
const hashIn: FileReader = (text, name) => {
  const value = text.trim();
  return parsePasswordHash(value)
    ? { value }
    : { fault: `${name} holds no hash of \`forehand hash-password\`` };
};

/** The files that the keys of the admin listener name. */
export const adminFiles = (
  { adminAuth, adminTls }: WrittenAdmin,
  ownCertificate: FileReader,
): readonly NamedFile[] => [
  ...(adminAuth?.basic?.users ?? []).flatMap(({ hash, hashFile: file }, i) =>
    hash || file === undefined
      ? []
      : [{ path: ['adminAuth', 'basic', 'users', i, 'hashFile'], file, read: hashIn }],
  ),
  ...(adminAuth?.bearer ?? []).flatMap(({ token, tokenFile: file }, i) =>
    token || file === undefined
      ? []
      : [{ path: ['adminAuth', 'bearer', i, 'tokenFile'], file, read: tokensIn }],
  ),
  ...(adminAuth?.certificates
    ? [{ path: ['adminAuth', 'certificates', 'ca'], file: adminAuth.certificates.ca, read: certificatesIn }]
    : []),
  ...(adminTls
    ? [
        { path: ['adminTls', 'cert'], file: adminTls.cert, read: ownCertificate },
        { path: ['adminTls', 'key'], file: adminTls.key, read: privateKeyIn },
      ]
    : []),
];

const authFrom = ({ basic, bearer, certificates, proxy }: WrittenAuth, texts: FileTexts): AdminAuth => ({
  ...(basic && {
    basic: {
      ...basic,
      users: basic.users.map((user, i) => ({
        ...user,
        hash: user.hash ?? texts.at(['adminAuth', 'basic', 'users', i, 'hashFile']) ?? '',
      })),
    },
  }),
  ...(bearer && {
    bearer: bearer.map(({ token, ...rest }, i) => ({
      ...rest,
      secrets: tokenLines(token, ['adminAuth', 'bearer', i], texts),
    })),
  }),
  ...(certificates && {
    certificates: {
      ...(certificates.write && { write: certificates.write }),
      ca: texts.at(['adminAuth', 'certificates', 'ca']) ?? '',
      caFile: certificates.ca,
    },
  }),
  ...(proxy && { proxy }),
});

/** Puts in what the files say. */
export const adminFrom = (
  adminAuth: WrittenAdmin['adminAuth'] | undefined,
  adminTls: WrittenAdmin['adminTls'] | undefined,
  texts: FileTexts,
): AdminConfig => ({
  ...(adminAuth && { adminAuth: authFrom(adminAuth, texts) }),
  ...(adminTls && {
    adminTls: {
      cert: texts.at(['adminTls', 'cert']) ?? '',
      certFile: adminTls.cert,
      key: texts.at(['adminTls', 'key']) ?? '',
      keyFile: adminTls.key,
    },
  }),
});

const shownAuth = ({ basic, bearer, certificates, proxy }: AdminAuth, blank: string): object => ({
  ...(basic && {
    basic: {
      ...basic,
      users: basic.users.map(({ hash: _, ...user }) =>
        user.hashFile === undefined ? { ...user, hash: blank } : user,
      ),
    },
  }),
  ...(bearer && {
    bearer: bearer.map(({ secrets: _, ...token }) =>
      token.tokenFile === undefined ? { ...token, token: blank } : token,
    ),
  }),
  ...(certificates && { certificates: { ca: certificates.caFile, write: certificates.write } }),
  ...(proxy && { proxy }),
});

/** The keys for people: names of files, and `blank` for secrets. */
export const shownAdmin = (
  adminAuth: AdminAuth | undefined,
  adminTls: Certificate | undefined,
  blank: string,
): object => ({
  ...(adminAuth && { adminAuth: shownAuth(adminAuth, blank) }),
  ...(adminTls && { adminTls: { cert: adminTls.certFile, key: adminTls.keyFile } }),
});
