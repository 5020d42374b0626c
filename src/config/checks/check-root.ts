import { anError } from '../reading/problem.ts';
import type { Path } from '../reading/sourced.ts';
import type { Check } from './parts.ts';

/** Nobody can listen twice on one address. Port 0 is a new one each time; UDP and TCP do not meet. */
const addressesDiffer: Check = ({ listen = [], admin, agents, console }, locate) => {
  const all: readonly (readonly [text: string, path: Path])[] = [
    ...listen.map(({ address }, i) => [address, ['listen', i, 'address']] as const),
    ...(typeof admin === 'string' ? [[admin, ['admin']] as const] : []),
    ...(console === undefined ? [] : [[console, ['console']] as const]),
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

const targetFits: Check = ({ limits }, locate) => {
  if (!limits || limits.targetBytes <= limits.headerBytes) return [];
  return [
    anError(
      '`targetBytes` is more than `headerBytes`, which has to hold it',
      locate(['limits', 'targetBytes']),
    ),
  ];
};

export const ROOT_CHECKS: readonly Check[] = [addressesDiffer, targetFits];
