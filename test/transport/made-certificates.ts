import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsCertificate } from '../../src/transport/tls-certificate.ts';

/** What a certificate is to be. */
export interface CertificateWish {
  /** `DNS:name` or `IP:address`; none if left out. */
  readonly names?: readonly string[];
  /** Common name; none if left out. */
  readonly subject?: string;
  /** Who signs it; itself if left out. */
  readonly by?: TlsCertificate;
  /** May sign others. */
  readonly isAuthority?: boolean;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

const wishArgs = ({ names, subject, isAuthority }: CertificateWish): readonly string[] => [
  ...['-subj', subject ? `/CN=${subject}` : '/O=Test'],
  ...(names ? ['-addext', `subjectAltName=${names.join(',')}`] : []),
  ...['-addext', `basicConstraints=critical,CA:${isAuthority ? 'TRUE' : 'FALSE'}`],
];

const issuerArgs = (folder: string, by: TlsCertificate | undefined): readonly string[] => {
  if (!by) return [];
  const [cert, key] = [join(folder, 'by.pem'), join(folder, 'by.key')];
  writeFileSync(cert, by.cert);
  writeFileSync(key, by.key);
  return ['-CA', cert, '-CAkey', key];
};

/** Makes a certificate for 30 days with a P-256 key, by the command openssl, which has to be there. No file stays. */
export const madeCertificate = (wish: CertificateWish = {}): TlsCertificate => {
  const folder = mkdtempSync(join(tmpdir(), 'forehand-tls-'));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'cert.key')];
  const into = ['-keyout', key, '-out', cert, '-days', '30'];
  try {
    execFileSync(
      'openssl',
      ['req', '-x509', ...KEY, ...into, ...wishArgs(wish), ...issuerArgs(folder, wish.by)],
      {
        stdio: 'pipe',
      },
    );
    const name = wish.subject ?? wish.names?.[0] ?? 'made';
    return {
      cert: readFileSync(cert, 'utf8'),
      certFile: `${name}.pem`,
      key: readFileSync(key, 'utf8'),
      keyFile: `${name}.key`,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
};
