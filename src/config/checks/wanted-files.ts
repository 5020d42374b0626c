import type { Problem } from '../../core/errors.ts';
import { adminFiles } from '../completing/admin-auth.ts';
import {
  certificatesIn,
  ownCertificateIn,
  pairFault,
  privateKeyIn,
  ticketKeysIn,
} from '../completing/certificates.ts';
import { passwordIn, tokenIn, tokensIn } from '../completing/secrets.ts';
import { sessionFiles } from '../completing/sessions-config.ts';
import type { FileReader, FileTexts, NamedFile } from '../reading/named-files.ts';
import { anError } from '../reading/problem.ts';
import type { Locate, Path } from '../reading/sourced.ts';
import type { Parts } from './parts.ts';
import { ruleFiles } from './rule-files.ts';

const wanted = (path: Path, file: string | undefined, read: FileReader): readonly NamedFile[] =>
  file === undefined ? [] : [{ path, file, read }];

const wantedForFleet = (
  { agents, state, explain }: Parts,
  ownCertificate: FileReader,
): readonly NamedFile[] => [
  ...wanted(['agents', 'tokenFile'], agents?.token ? undefined : agents?.tokenFile, tokensIn),
  ...(agents?.tokens ?? []).flatMap(({ token, tokenFile }, i) =>
    wanted(['agents', 'tokens', i, 'tokenFile'], token ? undefined : tokenFile, tokensIn),
  ),
  ...wanted(['agents', 'tls', 'cert'], agents?.tls?.cert, ownCertificate),
  ...wanted(['agents', 'tls', 'key'], agents?.tls?.key, privateKeyIn),
  ...wanted(['agents', 'tls', 'clientCa'], agents?.tls?.clientCa, certificatesIn),
  ...wanted(['state', 'tokenFile'], state?.token ? undefined : state?.tokenFile, tokensIn),
  ...wanted(['explain', 'tokenFile'], explain?.token ? undefined : explain?.tokenFile, tokensIn),
  ...wanted(['state', 'passwordFile'], state?.passwordFile, passwordIn),
  ...wanted(['state', 'tls', 'ca'], state?.tls?.ca, certificatesIn),
  ...wanted(['state', 'tls', 'cert'], state?.tls?.cert, ownCertificate),
  ...wanted(['state', 'tls', 'key'], state?.tls?.key, privateKeyIn),
];

/** The files that a configuration names, as far as it is right, and what has to be in them. `now` in epoch ms. */
export const wantedFiles = (parts: Parts, now: number): readonly NamedFile[] => {
  const { listen = [], pools } = parts;
  const ownCertificate = ownCertificateIn(now);
  return [
    ...listen.flatMap(({ tls }, i) => [
      ...(tls?.certificates ?? []).flatMap(({ cert, key }, j) => [
        ...wanted(['listen', i, 'tls', 'certificates', j, 'cert'], cert, ownCertificate),
        ...wanted(['listen', i, 'tls', 'certificates', j, 'key'], key, privateKeyIn),
      ]),
      ...wanted(['listen', i, 'tls', 'ticketKeys'], tls?.ticketKeys, ticketKeysIn),
      ...wanted(['listen', i, 'tls', 'clientCa'], tls?.clientCa, certificatesIn),
    ]),
    ...adminFiles(parts, ownCertificate),
    ...ruleFiles(parts),
    ...sessionFiles(parts),
    ...wantedForFleet(parts, ownCertificate),
    ...[...pools].flatMap(([name, { tls, credentials }]) => [
      ...wanted(['pools', name, 'tls', 'ca'], tls?.ca, certificatesIn),
      ...wanted(['pools', name, 'tls', 'cert'], tls?.cert, ownCertificate),
      ...wanted(['pools', name, 'tls', 'key'], tls?.key, privateKeyIn),
      ...wanted(['pools', name, 'credentials', 'passwordFile'], credentials?.passwordFile, passwordIn),
      ...wanted(['pools', name, 'credentials', 'bearerFile'], credentials?.bearerFile, tokenIn),
    ]),
  ];
};

const placesOfPairs = ({ listen = [], pools }: Parts): readonly Path[] => [
  ...listen.flatMap(({ tls }, i) =>
    (tls?.certificates ?? []).map((_, j): Path => ['listen', i, 'tls', 'certificates', j]),
  ),
  ...[...pools.keys()].map((name): Path => ['pools', name, 'tls']),
  ['agents', 'tls'],
  ['state', 'tls'],
  ['adminTls'],
];

/** What is wrong with certificates and keys that were read, but do not go together. */
export const wrongPairs = (parts: Parts, texts: FileTexts, locate: Locate): readonly Problem[] =>
  placesOfPairs(parts).flatMap((path) => {
    const [cert, key] = [texts.at([...path, 'cert']), texts.at([...path, 'key'])];
    const fault = cert === undefined || key === undefined ? undefined : pairFault(cert, key);
    return fault === undefined ? [] : [anError(fault, locate([...path, 'key']))];
  });
