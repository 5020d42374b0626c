import dgram from 'node:dgram';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/state/clock.ts';
import { encodeDatagram } from '../../src/state/datagram.ts';
import { publisherTo } from '../../src/state/driver-from-url.ts';
import { Tokens } from '../../src/state/tokens.ts';
import { parseUdpAddress } from '../../src/state/udp-address.ts';
import { presenceOf } from '../../src/state/udp-presence.ts';
import type { UdpReceiverOptions } from '../../src/state/udp-receive.ts';
import { eventually } from '../support/eventually.ts';
import { aReport, TOKEN, theTokens } from './support.ts';
import { listening as listen, type Opened } from './udp-support.ts';

const open: Opened = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});
const listening = (options: Partial<UdpReceiverOptions> = {}) => listen(open, options);

describe('the proxies of a group', () => {
  const GROUP = 'udp://239.255.77.4:0?interface=127.0.0.1&ttl=0';
  const aProxy = (where: string, options: Partial<UdpReceiverOptions> = {}) =>
    listening({ at: parseUdpAddress(where), clock: systemClock, presenceEvery: 20, ...options });
  const again = (address: string | undefined, query = '?interface=127.0.0.1&ttl=0'): string =>
    `${address}${query}`;

  it.each([
    ['a multicast group', GROUP, undefined],
    ['a broadcast address', 'udp://127.255.255.255:0?broadcast=1', '?broadcast=1'],
  ])('know how many they are at %s, and hear agents as before', async (_, where, query) => {
    const first = await aProxy(where);
    const second = await aProxy(again(first.receiver.address, query));
    const third = await aProxy(again(first.receiver.address, query));
    const all = [first, second, third];
    await eventually(() => all.every(({ receiver }) => receiver.proxies === 3), 'three proxies');
    const publisher = publisherTo(again(first.receiver.address, query), { token: TOKEN });
    open.push(publisher);
    await publisher.publish(aReport());
    for (const { listener } of all) {
      await listener.until(1);
      expect(listener.reports).toHaveLength(1);
      expect(listener.refusals).toEqual([]);
    }
  });

  it('forget one that has been silent for five seconds', async () => {
    let ahead = 0;
    const clock = { now: () => systemClock.now() + ahead, epoch: systemClock.epoch };
    const first = await aProxy(GROUP, { clock });
    const second = await aProxy(again(first.receiver.address));
    await eventually(() => first.receiver.proxies === 2, 'two proxies');
    await second.receiver.close();
    ahead = 5500;
    await eventually(() => first.receiver.proxies === 1, 'one proxy');
  });

  it('are counted where they listen at addresses of their own as one', async () => {
    const { receiver, clock, listener, send } = await listening();
    send(encodeDatagram(presenceOf('other'), TOKEN, clock.epoch()));
    await listener.until(1);
    expect(listener.codes).toEqual(['malformed']);
    expect(receiver.proxies).toBe(1);
  });

  it.each([
    ['that nobody signed', undefined, 'signature'],
    ['with a wrong token', 'guess', 'signature'],
    ['with the token of agents of some pools', 'of-web', 'not_accepted'],
  ])('refuse and count a word %s', async (_, token, code) => {
    const tokens = new Tokens([
      { name: 'proxies', token: TOKEN },
      { name: 'web', token: 'of-web', pools: ['web'] },
    ]);
    const { receiver, listener, send } = await aProxy(GROUP, { tokens });
    send(encodeDatagram(presenceOf('forged'), token, systemClock.epoch()));
    await listener.until(1);
    expect(listener.codes).toEqual([code]);
    expect(receiver.proxies).toBe(1);
  });

  it('take a word once, and not too many', async () => {
    const { receiver, listener, send } = await aProxy(GROUP, {
      presenceEvery: 60_000,
      rate: { perSecond: 0, burst: 2 },
    });
    const word = encodeDatagram(presenceOf('a'), TOKEN, systemClock.epoch());
    send(word);
    send(word);
    send(encodeDatagram(presenceOf('b'), TOKEN, systemClock.epoch()));
    send(encodeDatagram(presenceOf('c'), TOKEN, systemClock.epoch()));
    await listener.until(2);
    expect(listener.codes).toEqual(['replayed', 'rate']);
    expect(receiver.proxies).toBe(3);
  });

  it('sign with the token that is first at the moment', async () => {
    const tokens = theTokens('old');
    const first = await aProxy(GROUP, { tokens });
    const second = await aProxy(again(first.receiver.address), { tokens: theTokens('new') });
    await eventually(() => second.listener.codes.includes('signature'), 'a word with the old token');
    expect(second.receiver.proxies).toBe(1);
    tokens.take([{ name: 'agents', token: 'new' }]);
    await eventually(() => second.receiver.proxies === 2 && first.receiver.proxies === 2, 'two proxies');
  });

  it('are known on one machine without a token', async () => {
    const first = await aProxy(GROUP, { tokens: new Tokens() });
    const second = await aProxy(again(first.receiver.address), { tokens: new Tokens() });
    await eventually(() => first.receiver.proxies === 2 && second.receiver.proxies === 2, 'two proxies');
  });

  it('go on listening where they cannot send, and say so', async () => {
    const send = vi.spyOn(dgram.Socket.prototype, 'setMulticastTTL').mockImplementation(() => {
      throw new Error('no way out');
    });
    const { receiver } = await aProxy(GROUP);
    await eventually(() => receiver.health().detail.includes('no way out'), 'the fault');
    expect(receiver.health()).toMatchObject({ up: true });
    expect(receiver.health().detail).toContain('cannot tell other proxies of this one');
    send.mockRestore();
    await eventually(() => !receiver.health().detail.includes('no way out'), 'no fault');
  });
});
