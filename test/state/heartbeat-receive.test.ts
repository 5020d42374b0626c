import dgram from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { HeartbeatReceiver, type HeartbeatReceiverOptions } from '../../src/state/heartbeat-receive.ts';
import { parseHeartbeatAddress } from '../../src/state/udp-address.ts';
import { aClock, Listener } from './support.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});

const SERVERS = [
  { url: 'http://127.0.0.1:3001', pool: 'web' },
  { url: 'http://127.0.0.1:3002', pool: 'api' },
];

const listening = async (where: string, options: Partial<HeartbeatReceiverOptions> = {}) => {
  const clock = aClock();
  const receiver = new HeartbeatReceiver({
    at: parseHeartbeatAddress(where),
    serversAt: (address) => (address === '127.0.0.1' ? SERVERS : []),
    clock,
    ...options,
  });
  const listener = new Listener();
  await receiver.subscribe(listener);
  const socket = dgram.createSocket('udp4');
  open.push(receiver, socket);
  const port = Number(new URL(receiver.address!).port);
  const send = (packet: string | Buffer): void => socket.send(packet, port, '127.0.0.1');
  return { receiver, listener, clock, send };
};

describe('HeartbeatReceiver', () => {
  it('hears a packet as the report of an agent on the servers at its source address', async () => {
    const { listener, receiver, send } = await listening('heartbeat://127.0.0.1:0');
    send('v=1&ready=75&busy=5');
    await listener.until(1);
    const { report, source } = listener.reports[0]!;
    expect(report).toMatchObject({
      v: 1,
      node: 'heartbeat:127.0.0.1',
      seq: 1,
      stats: { slots: { total: 80, available: 75 }, inFlight: 5 },
      servers: SERVERS,
    });
    expect(source).toEqual({ address: '127.0.0.1', transport: 'heartbeat' });
    expect(receiver.snapshot()).toEqual([report]);
  });

  it('orders packets as they come', async () => {
    const { listener, send } = await listening('heartbeat://127.0.0.1:0');
    for (let i = 0; i < 3; i++) send('v=1&ready=1&busy=1');
    await listener.until(3);
    expect(listener.reports.map(({ report }) => report.seq)).toEqual([1, 2, 3]);
    expect(new Set(listener.reports.map(({ report }) => report.boot)).size).toBe(1);
  });

  it('takes packets only from the addresses that it was told', async () => {
    const { listener, send } = await listening('heartbeat://127.0.0.1:0?from=10.0.0.0/8,192.0.2.7');
    send('v=1&ready=1&busy=1');
    await listener.until(1);
    expect(listener.codes).toEqual(['source']);
    expect(listener.refusals[0]).toMatchObject({ source: { address: '127.0.0.1' }, claim: undefined });
  });

  it('refuses a packet from where no server is, and names the address', async () => {
    const { listener, send } = await listening('heartbeat://127.0.0.1:0', { serversAt: () => [] });
    send('v=1&ready=1&busy=1');
    await listener.until(1);
    expect(listener.codes).toEqual(['not_accepted']);
    expect(listener.refusals[0]?.refusal.message).toContain('at 127.0.0.1 ');
  });

  it.each([
    ['version', 'v=2&ready=1&busy=1'],
    ['malformed', 'garbage'],
    ['malformed', ''],
    ['number', 'v=1&ready=-1&busy=1'],
    ['number', 'v=1&ready=10000000&busy=10000000'],
    ['malformed', Buffer.from([0xff, 0xfe, 0])],
    ['too_large', Buffer.alloc(513, 'x')],
    ['malformed', Buffer.alloc(512, 'x')],
  ])('refuses and counts as %s, with the node that it is about: %j', async (code, packet) => {
    const { listener, send } = await listening('heartbeat://127.0.0.1:0');
    send(packet);
    await listener.until(1);
    expect(listener.codes).toEqual([code]);
    expect(listener.refusals[0]?.claim?.node).toBe('heartbeat:127.0.0.1');
  });

  it('limits the rate of a source', async () => {
    const rate = { perSecond: 1, burst: 2 };
    const { listener, clock, send } = await listening('heartbeat://127.0.0.1:0', { rate });
    for (let i = 0; i < 3; i++) send('v=1&ready=1&busy=1');
    await listener.until(3);
    expect(listener.codes).toEqual(['rate']);
    clock.turn(1000);
    send('v=1&ready=1&busy=1');
    await listener.until(4);
    expect(listener.reports).toHaveLength(3);
  });

  it('joins a group, beside others', async () => {
    const first = await listening('heartbeat://239.255.77.9:0?interface=127.0.0.1');
    const second = await listening(`${first.receiver.address}?interface=127.0.0.1`);
    const socket = dgram.createSocket('udp4');
    open.push(socket);
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    socket.setMulticastInterface('127.0.0.1');
    const { hostname, port } = new URL(first.receiver.address!);
    socket.send('v=1&ready=1&busy=1', Number(port), hostname);
    await Promise.all([first.listener.until(1), second.listener.until(1)]);
    expect(second.listener.reports).toHaveLength(1);
  });

  it('says in its health where it listens, only receives, and gives its port back', async () => {
    const { receiver } = await listening('heartbeat://127.0.0.1:0');
    expect(receiver.health()).toEqual({ up: true, detail: receiver.address });
    await expect(receiver.publish()).rejects.toThrow('only receives');
    const at = receiver.address!;
    await Promise.all([receiver.close(), receiver.close()]);
    expect(receiver.health().up).toBe(false);
    await listening(at);
  });
});
