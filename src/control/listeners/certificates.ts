import type { Config } from '../../config/schema/schema.ts';
import { certificateInfo } from '../../transport/tls-certificate.ts';
import type { CertificateView } from '../views/views.ts';

const filesOf = ({ listen, pools, adminTls }: Config): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  const add = (name: string | undefined, text: string | undefined): void => {
    if (name !== undefined && text !== undefined) found.set(name, text);
  };
  for (const { tls } of listen) for (const { certFile, cert } of tls?.certificates ?? []) add(certFile, cert);
  for (const { tls } of Object.values(pools)) add(tls.certFile, tls.cert);
  add(adminTls?.certFile, adminTls?.cert);
  return found;
};

/** Reading certificates takes its time, and a configuration never changes. */
const known = new WeakMap<Config, readonly CertificateView[]>();

/** The certificates that a configuration has us show, to clients and to servers, by the names of their files. */
export const certificatesOf = (config: Config): readonly CertificateView[] => {
  const views =
    known.get(config) ??
    [...filesOf(config)].map(([name, text]) => ({ name, notAfter: certificateInfo(text).notAfter }));
  known.set(config, views);
  return views;
};
