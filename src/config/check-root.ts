import { isLoopback } from '../core/accept.ts';
import { parseListenAddress } from './address.ts';
import type { Check } from './parts.ts';
import { anError } from './problem.ts';
import type { Path } from './sourced.ts';

/** Nobody can listen twice on one address. Port 0 is a new one each time; UDP and TCP do not meet. */
const addressesDiffer: Check = ({ listen = [], admin, agents }, locate) => {
  const all: readonly (readonly [text: string, path: Path])[] = [
    ...listen.map(({ address }, i) => [address, ['listen', i, 'address']] as const),
    ...(typeof admin === 'string' ? [[admin, ['admin']] as const] : []),
    ...(agents?.listen ?? []).map((text, i) => [text, ['agents', 'listen', i]] as const),
  ];
  const taken = new Map<string, string>();
  return all.flatMap(([text, path]) => {
    const address = text.replace(/^https?:\/\//i, '').replace(/\/$/, '');
    const first = taken.get(address);
    if (first !== undefined) return [anError(`${text} is taken by \`${first}\` already`, locate(path))];
    if (!address.endsWith(':0')) taken.set(address, String(path[0]));
    return [];
  });
};

const adminIsLocal: Check = ({ admin }, locate) => {
  const address = typeof admin === 'string' ? parseListenAddress(admin) : undefined;
  if (address?.kind !== 'tcp' || isLoopback(address.host)) return [];
  return [
    anError(
      `the admin address ${admin} is open to others, and it asks nobody who they are`,
      locate(['admin']),
      {
        suggestion: 'use a loopback address such as 127.0.0.1:9090, or unix:/path',
      },
    ),
  ];
};

const targetFits: Check = ({ limits }, locate) => {
  if (!limits || limits.targetBytes <= limits.headerBytes) return [];
  return [
    anError(
      '`targetBytes` is more than `headerBytes`, which has to hold it',
      locate(['limits', 'targetBytes']),
    ),
  ];
};

export const ROOT_CHECKS: readonly Check[] = [addressesDiffer, adminIsLocal, targetFits];
