import dgram from 'node:dgram';
import { once } from 'node:events';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { encodeReport } from '../../src/core/report.ts';
import { encodeDatagram } from '../../src/state/datagram.ts';
import type { StateDriver } from '../../src/state/driver.ts';
import { publisherTo } from '../../src/state/driver-from-url.ts';
import { parseUdpAddress } from '../../src/state/udp-address.ts';
import { UdpReceiver, type UdpReceiverOptions } from '../../src/state/udp-receive.ts';
import { mutated } from './conformance.ts';
import { aClock, aReport, Listener, NO_LIMIT, TOKEN } from './support.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});

const listening = async (options: Partial<UdpReceiverOptions> = {}) => {
  const clock = aClock();
  const receiver = new UdpReceiver({
    at: parseUdpAddress('udp://127.0.0.1:0'),
    tokens: [TOKEN],
    clock,
    ...options,
  });
  const listener = new Listener();
  await receiver.subscribe(listener);
  const socket = dgram.createSocket('udp4');
  open.push(receiver, socket);
  const port = Number(new URL(receiver.address!).port);
  const send = (datagram: string | Buffer): void => socket.send(datagram, port, '127.0.0.1');
  return { receiver, listener, clock, send };
};
const sign = (epoch: number, token: string | undefined = TOKEN, seq = 1): string =>
  encodeDatagram(encodeReport(aReport({ seq })), token, epoch);

describe('UdpReceiver', () => {
  it('takes a datagram once', async () => {
    const { listener, clock, send } = await listening();
    const datagram = sign(clock.epoch());
    for (let i = 0; i < 3; i++) send(datagram);
    await listener.until(3);
    expect(listener.reports).toHaveLength(1);
    expect(listener.codes).toEqual(['replayed', 'replayed']);
  });

  it('takes an old datagram at no time', async () => {
    const { listener, clock, send } = await listening();
    const datagram = sign(clock.epoch());
    send(datagram);
    await listener.until(1);
    for (const step of [29_000, 2000, 60_000]) {
      clock.turn(step);
      send(datagram);
      await listener.until(listener.total + 1);
    }
    expect(listener.reports).toHaveLength(1);
    expect(listener.codes).toEqual(['replayed', 'clock', 'clock']);
  });

  it('refuses and counts what is not signed, or signed with the wrong token', async () => {
    const { listener, clock, send } = await listening();
    send(sign(clock.epoch(), undefined));
    await listener.until(1);
    send(encodeDatagram(encodeReport(aReport()), undefined, clock.epoch()));
    send(sign(clock.epoch(), 'guess'));
    await listener.until(3);
    expect(listener.codes).toEqual(['signature', 'signature']);
    expect(listener.refusals.every(({ source }) => source.address === '127.0.0.1')).toBe(true);
  });

  it('takes the old and the new token while they are changed', async () => {
    const { listener, clock, send } = await listening({ tokens: ['the-new-one', TOKEN] });
    send(sign(clock.epoch(), 'the-new-one'));
    send(sign(clock.epoch(), TOKEN));
    await listener.until(2);
    expect(listener.reports).toHaveLength(2);
  });

  it('takes unsigned reports of this machine where no token is configured', async () => {
    const { listener, clock, send } = await listening({ tokens: [] });
    send(encodeDatagram(encodeReport(aReport()), undefined, clock.epoch()));
    await listener.until(1);
    expect(listener.reports).toHaveLength(1);
  });

  it('refuses every report of another machine where no token is configured', async () => {
    const { listener, clock, send } = await listening({ tokens: [] });
    const emit = dgram.Socket.prototype.emit;
    vi.spyOn(dgram.Socket.prototype, 'emit').mockImplementation(function (
      this: dgram.Socket,
      event: string,
      ...args: unknown[]
    ) {
      if (event === 'message') args[1] = { address: '10.0.0.9', family: 'IPv4', port: 1, size: 1 };
      return Reflect.apply(emit, this, [event, ...args]);
    } as typeof emit);
    send(encodeDatagram(encodeReport(aReport()), undefined, clock.epoch()));
    send(sign(clock.epoch()));
    await listener.until(2);
    expect(listener.codes).toEqual(['source', 'source']);
    expect(listener.refusals[0]?.source.address).toBe('10.0.0.9');
  });

  it('takes up to 8 KiB', async () => {
    const { listener, clock, send } = await listening();
    const servers = Array.from({ length: 80 }, (_, i) => ({
      url: `http://10.0.0.${i}:3001`,
      tags: ['x'.repeat(40)],
    }));
    const large = encodeDatagram(encodeReport(aReport({ servers })), TOKEN, clock.epoch());
    expect(large.length).toBeGreaterThan(6000);
    send(large);
    send(Buffer.alloc(8193, 'x'));
    await listener.until(2);
    expect(listener.reports).toHaveLength(1);
    expect(listener.codes).toEqual(['too_large']);
  });

  it('limits the rate of a sender, and forgives with time', async () => {
    const { listener, clock, send } = await listening({ rate: { perSecond: 2, burst: 2 } });
    for (let seq = 1; seq <= 3; seq++) send(sign(clock.epoch(), TOKEN, seq));
    await listener.until(3);
    expect(listener.codes).toEqual(['rate']);
    clock.turn(500);
    send(sign(clock.epoch(), TOKEN, 4));
    await listener.until(4);
    expect(listener.reports).toHaveLength(3);
  });

  it('does not let strangers use up the rate of an agent', async () => {
    const { listener, clock, send } = await listening({ rate: { perSecond: 1, burst: 2 } });
    const first = sign(clock.epoch(), TOKEN, 1);
    send(first);
    for (let i = 0; i < 10; i++) {
      send('garbage');
      send(sign(clock.epoch(), 'guess', i));
      send(first);
    }
    send(sign(clock.epoch(), TOKEN, 2));
    await listener.until(32);
    expect(listener.reports.map(({ report }) => report.seq)).toEqual([1, 2]);
    expect(listener.codes).not.toContain('rate');
  });

  it('survives 2,000 damaged datagrams and takes none of them', async () => {
    const { listener, clock, send } = await listening({ rate: NO_LIMIT });
    const good = sign(clock.epoch());
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(mutated(good), async (text) => {
        fc.pre(Buffer.from(text).toString() !== good && text.length > 0);
        sent += 1;
        send(text);
        await listener.until(sent);
      }),
      { numRuns: 2000 },
    );
    expect(listener.reports).toEqual([]);
    expect(listener.refusals.length).toBeGreaterThanOrEqual(2000);
  });

  it('gives its port back, and says what is in the way when it cannot have it', async () => {
    const { receiver } = await listening();
    const at = parseUdpAddress(receiver.address!);
    const second = new UdpReceiver({ at });
    await expect(second.subscribe(new Listener())).rejects.toThrow('EADDRINUSE');
    expect(second.health()).toMatchObject({ up: false });
    await receiver.close();
    await listening({ at });
  });

  it('does not listen when it was closed before it began', async () => {
    const receiver = new UdpReceiver({ at: parseUdpAddress('udp://127.0.0.1:0') });
    const started = receiver.subscribe(new Listener());
    await receiver.close();
    await expect(started).rejects.toThrow('closed');
    expect(receiver.address).toBeUndefined();
  });

  it('lets two proxies of one machine listen to one group', async () => {
    const first = await listening({ at: parseUdpAddress('udp://239.255.77.2:0?interface=127.0.0.1') });
    const at = parseUdpAddress(`${first.receiver.address}?interface=127.0.0.1`);
    const second = await listening({ at });
    const publisher: StateDriver = publisherTo(`${first.receiver.address}?interface=127.0.0.1&ttl=0`, {
      token: TOKEN,
      clock: first.clock,
    });
    open.push(publisher);
    await publisher.publish(aReport());
    await Promise.all([first.listener.until(1), second.listener.until(1)]);
    expect(second.listener.reports).toHaveLength(1);
  });
});

describe('UdpPublisher', () => {
  it('names the size of a report that does not fit into a datagram', async () => {
    const publisher = publisherTo('udp://127.0.0.1:9', { token: TOKEN });
    open.push(publisher);
    const custom = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [`a.long.name.of.a.number.${i}`, i]),
    );
    await expect(publisher.publish(aReport({ stats: { custom } }))).rejects.toThrow(
      /the datagram would have [12]\d{3} bytes, at most 1400 are sent/,
    );
    expect(publisher.health()).toMatchObject({ up: false });
  });

  it('says what the system has against its interface, and goes on trying', async () => {
    const publisher = publisherTo('udp://239.255.77.3:9?interface=203.0.113.1');
    open.push(publisher);
    for (let i = 0; i < 2; i++)
      await expect(publisher.publish(aReport())).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('does not keep its process alive', async () => {
    const unref = vi.spyOn(dgram.Socket.prototype, 'unref');
    const sink = dgram.createSocket('udp4');
    open.push(sink);
    sink.bind(0, '127.0.0.1');
    await once(sink, 'listening');
    const publisher = publisherTo(`udp://127.0.0.1:${sink.address().port}`);
    open.push(publisher);
    await publisher.publish(aReport());
    expect(unref).toHaveBeenCalledOnce();
  });
});
