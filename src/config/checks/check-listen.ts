import type { Problem } from '../../core/errors.ts';
import { anError, aWarning } from '../reading/problem.ts';
import type { Check } from './parts.ts';

const versionsFit: Check = ({ listen = [] }, locate) =>
  listen.flatMap(({ tls, http2, h2c }, i): readonly Problem[] => {
    if (tls && h2c)
      return [
        anError('`h2c` is HTTP/2 without TLS, and there is `tls`', locate(['listen', i, 'h2c'], 'key'), {
          suggestion: 'write `http2: true`',
        }),
      ];
    if (tls || !http2) return [];
    return [
      anError('`http2` needs `tls`', locate(['listen', i, 'http2'], 'key'), {
        suggestion: 'add `tls`, or write `h2c: true` for HTTP/2 without TLS',
      }),
    ];
  });

const namesDiffer: Check = ({ listen = [] }, locate) => {
  const first = new Map<string, number>();
  return listen.flatMap(({ name }, i) => {
    if (name === undefined) return [];
    const earlier = first.get(name);
    if (earlier !== undefined)
      return [
        anError(`the name \`${name}\` is that of listen[${earlier}] already`, locate(['listen', i, 'name'])),
      ];
    first.set(name, i);
    return [];
  });
};

/** Who may write a PROXY header may claim any address. */
const proxiesAreTrusted: Check = ({ listen = [], trustedProxies = [] }, locate) => {
  if (trustedProxies.length > 0) return [];
  return listen.flatMap(({ proxyProtocol }, i) => {
    const message = 'there are no `trustedProxies`, so PROXY headers are believed of peers on loopback alone';
    return proxyProtocol ? [aWarning(message, locate(['listen', i, 'proxyProtocol'], 'key'))] : [];
  });
};

export const LISTEN_CHECKS: readonly Check[] = [versionsFit, namesDiffer, proxiesAreTrusted];
