import { describe, expect, it } from 'vitest';
import { publisherTo, receiverAt } from '../../src/state/driver-from-url.ts';
import { HttpReceiver } from '../../src/state/http-receive.ts';
import { UdpReceiver } from '../../src/state/udp-receive.ts';
import { tokensOf } from './http-support.ts';
import { aReport, Listener, TOKEN } from './support.ts';

describe('publisherTo', () => {
  it('sends to every URL, whatever its scheme', async () => {
    const [http, udp] = [receiverAt('http://127.0.0.1:0'), receiverAt('udp://127.0.0.1:0')];
    const [byHttp, byUdp] = [new Listener(), new Listener()];
    await Promise.all([http.subscribe(byHttp), udp.subscribe(byUdp)]);
    const publisher = publisherTo([http.address!, udp.address!]);
    await publisher.publish(aReport());
    await Promise.all([byHttp.until(1), byUdp.until(1)]);
    expect(byHttp.reports[0]?.report).toEqual(byUdp.reports[0]?.report);
    await Promise.all([publisher.close(), http.close(), udp.close()]);
  });

  it.each([
    [[], 'at least one URL'],
    ['proxy:9091', 'expected an http://, https://, redis:// or udp:// URL, got "proxy:9091"'],
    ['ftp://proxy', 'expected an http://, https://, redis:// or udp:// URL'],
    ['http://token@proxy:9091', 'the token has its own option'],
    ['http://proxy:9091?token=x', 'the token has its own option'],
    ['udp://proxy', 'expected udp://host:port'],
  ])('refuses %j', (urls, fault) => {
    expect(() => publisherTo(urls)).toThrow(TypeError);
    expect(() => publisherTo(urls)).toThrow(fault);
  });

  it('refuses a token that no header could carry', () => {
    expect(() => publisherTo('http://proxy:9091', { token: 'a b' })).toThrow('visible ASCII');
  });
});

describe('receiverAt', () => {
  it.each([
    ['http://127.0.0.1:9091', HttpReceiver],
    ['udp://127.0.0.1:9092', UdpReceiver],
    [{ fd: 3 }, HttpReceiver],
  ])('chooses by scheme: %j', (where, kind) => {
    expect(receiverAt(where, { tokens: tokensOf(TOKEN) })).toBeInstanceOf(kind);
  });

  it('listens at an IPv6 address', async () => {
    const receiver = receiverAt('http://[::1]:0');
    await receiver.subscribe(new Listener());
    expect(receiver.address).toMatch(/^http:\/\/\[::1\]:\d+$/);
    const publisher = publisherTo(receiver.address!);
    await publisher.publish(aReport());
    await Promise.all([publisher.close(), receiver.close()]);
  });

  it.each([
    ['https://127.0.0.1:9091', 'expected a certificate and its key'],
    ['heartbeat://239.0.1.1:27999', 'expected to be told which servers there are'],
    ['nonsense', 'expected an http://, https://, heartbeat:// or udp:// URL'],
    ['udp://127.0.0.1', 'expected udp://host:port'],
  ])('refuses %s', (where, fault) => {
    expect(() => receiverAt(where)).toThrow(fault);
  });

  it('only receives', async () => {
    for (const where of ['http://127.0.0.1:0', 'udp://127.0.0.1:0'])
      await expect(receiverAt(where).publish(aReport())).rejects.toThrow('only receives');
  });
});
