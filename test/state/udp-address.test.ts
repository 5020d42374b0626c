import { describe, expect, it } from 'vitest';
import { parseHeartbeatAddress, parseUdpAddress } from '../../src/state/udp-address.ts';

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
    ['udp://10.0.0.1:9092/path', 'only host, port, ttl, interface and broadcast belong here'],
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

describe('parseHeartbeatAddress', () => {
  const allowed = (text: string): readonly string[] => {
    const { from } = parseHeartbeatAddress(text);
    const asked = ['127.0.0.1', '127.9.9.9', '::1', '10.1.2.3', '192.0.2.7', '192.0.2.8', '::ffff:10.0.0.1'];
    return asked.filter((address) => from.some((rule) => rule.allows(address, 0)));
  };

  it('reads where to listen', () => {
    expect(parseHeartbeatAddress('heartbeat://239.0.0.1:27999?interface=10.0.0.5').at).toEqual({
      host: '239.0.0.1',
      port: 27_999,
      type: 'udp4',
      multicast: true,
      broadcast: false,
      ttl: 1,
      interface: '10.0.0.5',
    });
    expect(parseHeartbeatAddress('heartbeat://[::]:27999').at).toMatchObject({ host: '::', type: 'udp6' });
  });

  it.each([
    ['heartbeat://239.0.0.1:27999', ['127.0.0.1', '127.9.9.9', '::1']],
    ['heartbeat://239.0.0.1:27999?from=10.0.0.0/8,192.0.2.7', ['10.1.2.3', '192.0.2.7', '::ffff:10.0.0.1']],
    ['heartbeat://239.0.0.1:27999?from=::1', ['::1']],
  ])('reads from whom %s takes packets', (text, addresses) => {
    expect(allowed(text)).toEqual(addresses);
  });

  it.each([
    ['udp://239.0.0.1:27999', 'expected heartbeat://host:port'],
    ['heartbeat://239.0.0.1', 'expected heartbeat://host:port'],
    ['heartbeat://239.0.0.1:27999/x', 'only host, port, interface, broadcast and from belong here'],
    ['heartbeat://239.0.0.1:27999?ttl=1', 'unknown option "ttl"'],
    ['heartbeat://239.0.0.1:27999?from=', 'from: expected addresses or ranges such as 10.0.0.0/8, got ""'],
    ['heartbeat://239.0.0.1:27999?from=10.0.0.0/8,', 'got ""'],
    ['heartbeat://239.0.0.1:27999?from=10.0.0.0/33', 'got "10.0.0.0/33"'],
    ['heartbeat://239.0.0.1:27999?from=10.0.0.1:80', 'got "10.0.0.1:80"'],
    ['heartbeat://239.0.0.1:27999?from=web1.example', 'got "web1.example"'],
    ['heartbeat://239.0.0.1:27999?from=*', 'got "*"'],
  ])('refuses %s', (text, fault) => {
    expect(() => parseHeartbeatAddress(text)).toThrow(fault);
  });
});
