import dgram from 'node:dgram';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseAddressRule } from '../../src/core/accept.ts';
import { encodeReport } from '../../src/core/report.ts';
import { encodeDatagram } from '../../src/state/datagram.ts';
import type { StateDriver } from '../../src/state/driver.ts';
import { publisherTo } from '../../src/state/driver-from-url.ts';
import { Tokens } from '../../src/state/tokens.ts';
import { parseUdpAddress } from '../../src/state/udp-address.ts';
import { UdpReceiver, type UdpReceiverOptions } from '../../src/state/udp-receive.ts';
import { mutated } from './conformance.ts';
import { aReport, Listener, NO_LIMIT, TOKEN, theTokens } from './support.ts';
import { listening as listen, type Opened, sign } from './udp-support.ts';

const open: Opened = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});
const listening = (options: Partial<UdpReceiverOptions> = {}) => listen(open, options);

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
    send(encodeDatagram(encodeReport(aReport()), undefined, clock.epoch()));
    send(sign(clock.epoch(), 'guess'));
    await listener.until(2);
    expect(listener.codes).toEqual(['signature', 'signature']);
    expect(listener.refusals.every(({ source }) => source.address === '127.0.0.1')).toBe(true);
    expect(listener.reports).toEqual([]);
  });

  it('takes the old and the new token while they are changed', async () => {
    const { listener, clock, send } = await listening({ tokens: theTokens('the-new-one', TOKEN) });
    send(sign(clock.epoch(), 'the-new-one'));
    send(sign(clock.epoch(), TOKEN));
    await listener.until(2);
    expect(listener.reports).toHaveLength(2);
  });

  it('takes unsigned reports of this machine where no token is configured', async () => {
    const { listener, clock, send } = await listening({ tokens: new Tokens() });
    send(encodeDatagram(encodeReport(aReport()), undefined, clock.epoch()));
    await listener.until(1);
    expect(listener.reports).toHaveLength(1);
  });

  it('refuses every report of another machine where no token is configured', async () => {
    const { listener, clock, send } = await listening({ tokens: new Tokens() });
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

  it('tells who signed a report, what for, and when it was sent and received', async () => {
    const tokens = new Tokens([{ name: 'web nodes', token: TOKEN, pools: ['web'] }]);
    const { listener, clock, send } = await listening({ tokens });
    const sent = clock.epoch();
    clock.turn(120);
    send(sign(sent));
    await listener.until(1);
    expect(listener.reports[0]?.source).toEqual({
      address: '127.0.0.1',
      transport: 'udp',
      token: 'web nodes',
      pools: new Set(['web']),
      sent: { at: sent, receivedAt: sent + 120 },
    });
  });

  it('refuses a token from an address that it is not bound to', async () => {
    const tokenFrom = (range: string) =>
      new Tokens([{ name: 'far', token: TOKEN, from: [parseAddressRule(range)!] }]);
    const far = await listening({ tokens: tokenFrom('10.0.0.0/8') });
    far.send(sign(far.clock.epoch()));
    await far.listener.until(1);
    expect(far.listener.codes).toEqual(['source']);
    expect(far.listener.refusals[0]?.refusal.message).toContain('the token far may not be used');
    expect(far.listener.refusals[0]?.claim?.node).toBe('web1');
    const near = await listening({ tokens: tokenFrom('127.0.0.0/8') });
    near.send(sign(near.clock.epoch()));
    await near.listener.until(1);
    expect(near.listener.reports).toHaveLength(1);
  });

  it('goes from one token to the next without a gap', async () => {
    const tokens = theTokens('old');
    const { listener, clock, send } = await listening({ tokens });
    let seq = 0;
    const takes = async (token: string): Promise<boolean> => {
      const { length } = listener.reports;
      seq += 1;
      send(sign(clock.epoch(), token, seq));
      await listener.until(seq);
      return listener.reports.length > length;
    };
    const taken = async () => [await takes('old'), await takes('new')];
    expect(await taken()).toEqual([true, false]);
    tokens.take(['new', 'old'].map((token) => ({ name: 'agents', token })));
    expect(await taken()).toEqual([true, true]);
    tokens.take([{ name: 'agents', token: 'new' }]);
    expect(await taken()).toEqual([false, true]);
    expect(listener.refusals.at(-1)?.refusal.message).toContain('not known here');
    expect(listener.codes).toEqual(['signature', 'signature']);
  });

  it('says whom a forged datagram is about', async () => {
    const { listener, clock, send } = await listening();
    send(sign(clock.epoch(), 'guess'));
    await listener.until(1);
    expect(listener.refusals[0]?.claim).toEqual({
      node: 'web1',
      servers: [{ url: 'http://10.0.0.1:3001', pool: 'web' }],
    });
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
