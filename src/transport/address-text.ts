import type { ListenTarget } from './connection.ts';

/** The address without the IPv6 form that a dual-stack socket gives to IPv4: `::ffff:10.0.0.1` is 10.0.0.1. */
export const plainAddress = (address: string): string =>
  address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;

/** An address and port as people write them: `127.0.0.1:80`, `[::1]:80`. Empty for no address. */
export const addressText = (address: string, port: number): string => {
  if (address === '') return '';
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
};

/** What was asked to be listened on, for messages. */
export const targetText = (target: ListenTarget): string => {
  if (target.kind === 'held') return `descriptor ${target.fd}`;
  return target.kind === 'unix' ? `unix:${target.path}` : addressText(target.host, target.port);
};
