import { describe, expect, it } from 'vitest';
import { parseAgentAddress, parseListenAddress } from '../../../src/config/schema/address.ts';

describe('an address to listen on', () => {
  it.each([
    ['127.0.0.1:8080', { kind: 'tcp', host: '127.0.0.1', port: 8080 }],
    ['[::1]:8080', { kind: 'tcp', host: '::1', port: 8080 }],
    ['localhost:0', { kind: 'tcp', host: 'localhost', port: 0 }],
    ['http://proxy.example.com:80/', { kind: 'tcp', host: 'proxy.example.com', port: 80 }],
    ['unix:/run/forehand.sock', { kind: 'unix', path: '/run/forehand.sock' }],
  ])('%s is read', (text, address) => {
    expect(parseListenAddress(text)).toEqual(address);
  });

  it.each([
    '',
    '8080',
    ':8080',
    '127.0.0.1',
    '127.0.0.1:65536',
    '256.0.0.1:80',
    '1.2.3:80',
    '[::g]:80',
    '::1:80',
    'https://127.0.0.1:443',
    'http://127.0.0.1:80/path',
    'unix:run/forehand.sock',
    `unix:/${'x'.repeat(107)}`,
    'unix:/a\0b',
    'host name:80',
    'host:80 ',
  ])('%j is refused', (text) => {
    expect(parseListenAddress(text)).toBeUndefined();
  });
});

describe('an address to take reports on', () => {
  it.each([
    ['http://127.0.0.1:9091', { kind: 'http', host: '127.0.0.1', port: 9091 }],
    ['udp://0.0.0.0:4445', { kind: 'udp', host: '0.0.0.0', port: 4445, multicast: false }],
    ['https://127.0.0.1:9091', { kind: 'https', host: '127.0.0.1', port: 9091 }],
    [
      'heartbeat://239.0.0.1:27999?from=10.0.0.0/8,192.0.2.7',
      {
        kind: 'heartbeat',
        host: '239.0.0.1',
        port: 27999,
        multicast: true,
        from: ['10.0.0.0/8', '192.0.2.7'],
      },
    ],
    ['udp://[::1]:4445', { kind: 'udp', host: '::1', port: 4445, multicast: false }],
    [
      'udp://10.0.3.127:4445?broadcast=1',
      { kind: 'udp', host: '10.0.3.127', port: 4445, multicast: false, broadcast: true },
    ],
    [
      'heartbeat://10.0.3.127:27999?broadcast=1&from=10.0.3.0/25',
      {
        kind: 'heartbeat',
        host: '10.0.3.127',
        port: 27999,
        multicast: false,
        broadcast: true,
        from: ['10.0.3.0/25'],
      },
    ],
    [
      'udp://239.255.221.20:4445?ttl=1&interface=10.0.0.5',
      { kind: 'udp', host: '239.255.221.20', port: 4445, multicast: true, ttl: 1, interface: '10.0.0.5' },
    ],
    ['udp://[ff02::1]:4445', { kind: 'udp', host: 'ff02::1', port: 4445, multicast: true }],
  ])('%s is read', (text, address) => {
    expect(parseAgentAddress(text)).toEqual(address);
  });

  it.each([
    ['127.0.0.1:9091', 'expected an address such as'],
    ['ftp://127.0.0.1:9091', 'expected an address such as'],
    ['udp://localhost:4445', 'expected an address such as'],
    ['udp://0.0.0.0', 'expected an address such as'],
    ['udp://239.255.221.20:4445?ttl=0', 'expected a ttl of 1 to 255, got "0"'],
    ['udp://239.255.221.20:4445?ttl=256', 'expected a ttl of 1 to 255, got "256"'],
    ['udp://239.255.221.20:4445?ttl=1e1', 'expected a ttl of 1 to 255, got "1e1"'],
    ['udp://239.255.221.20:4445?interface=eth0', 'expected the IP address of an interface, got "eth0"'],
    ['udp://239.255.221.20:4445?loop=1', 'unknown parameter `loop`'],
    ['udp://10.0.3.127:4445?broadcast=yes', 'expected 0 or 1 after `broadcast`, got "yes"'],
    ['udp://0.0.0.0:4445?ttl=1', '`ttl` and `interface` are for multicast groups, and 0.0.0.0 is none'],
    ['udp://223.1.1.1:1?interface=10.0.0.5', 'are for multicast groups'],
    ['udp://240.1.1.1:1?interface=10.0.0.5', 'are for multicast groups'],
  ])('%s is refused: %s', (text, message) => {
    expect(parseAgentAddress(text)).toContain(message);
  });
});
