import { describe, expect, it } from 'vitest';
import { parseUdpAddress } from '../../src/state/udp-address.ts';

describe('parseUdpAddress', () => {
  const plain = { type: 'udp4', multicast: false, broadcast: false, ttl: 1, interface: undefined };
  it.each([
    ['udp://10.0.0.1:9092', { host: '10.0.0.1', port: 9092 }],
    ['udp://proxy.example:9092/', { host: 'proxy.example', port: 9092 }],
    ['udp://[fd00::1]:9092', { host: 'fd00::1', port: 9092, type: 'udp6' }],
    ['udp://10.0.0.255:9092', { host: '10.0.0.255', port: 9092, broadcast: true }],
    ['udp://10.0.1.0:9092?broadcast=1', { host: '10.0.1.0', port: 9092, broadcast: true }],
    ['udp://239.1.2.3:9092', { host: '239.1.2.3', port: 9092, multicast: true }],
    [
      'udp://224.0.0.1:9092?ttl=4&interface=10.0.0.5',
      { host: '224.0.0.1', port: 9092, multicast: true, ttl: 4, interface: '10.0.0.5' },
    ],
    ['udp://[ff02::1]:9092', { host: 'ff02::1', port: 9092, type: 'udp6', multicast: true }],
    ['udp://240.0.0.1:9092', { host: '240.0.0.1', port: 9092 }],
  ])('reads %s', (text, facts) => {
    expect(parseUdpAddress(text)).toEqual({ ...plain, ...facts });
  });

  it.each([
    ['udp://10.0.0.1', 'expected udp://host:port'],
    ['udp://:9092', 'expected udp://host:port'],
    ['nothing', 'expected udp://host:port'],
    ['udp://10.0.0.1:99999', 'expected udp://host:port'],
    ['udp://10.0.0.1:9092/path', 'only host, port'],
    ['udp://token@10.0.0.1:9092', 'only host, port'],
    ['udp://10.0.0.1:9092?hops=1', 'unknown option "hops"'],
    ['udp://239.1.2.3:9092?ttl=256', 'ttl: expected a whole number from 0 to 255'],
    ['udp://239.1.2.3:9092?ttl=x', 'ttl: expected'],
    ['udp://239.1.2.3:9092?interface=eth0', 'interface: expected the address'],
  ])('refuses %s', (text, fault) => {
    expect(() => parseUdpAddress(text)).toThrow(fault);
    expect(() => parseUdpAddress(text)).toThrow(TypeError);
  });
});
