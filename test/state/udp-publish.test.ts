import dgram from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { publisherTo } from '../../src/state/driver-from-url.ts';
import { aReport, TOKEN } from './support.ts';
import type { Opened } from './udp-support.ts';

const open: Opened = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map((thing) => thing.close()));
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
