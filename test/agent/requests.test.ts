import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isNotable, Requests } from '../../agent/requests.ts';

describe('Requests', () => {
  it('counts a request until it ends, and ends it once', () => {
    let changes = 0;
    const requests = new Requests(
      () => 0,
      () => {
        changes += 1;
      },
    );
    expect(requests.counted).toBe(false);
    const [first, second] = [requests.begin(), requests.begin()];
    expect(requests.inFlight).toBe(2);
    first();
    first();
    expect(requests.inFlight).toBe(1);
    second();
    expect(requests.inFlight).toBe(0);
    expect(changes).toBe(4);
  });

  it('keeps a moving mean of the service time: an eighth of each new one', () => {
    let now = 0;
    const requests = new Requests(
      () => now,
      () => undefined,
    );
    const serve = (time: number): number => {
      const end = requests.begin();
      now += time;
      end();
      return requests.serviceTime;
    };
    expect(requests.serviceTime).toBeNaN();
    expect([serve(80), serve(160), serve(90)]).toEqual([80, 90, 90]);
  });

  it('counts what a server serves, also what is cut off, until it is told to stop', async () => {
    const requests = new Requests(
      () => performance.now(),
      () => undefined,
    );
    const open: http.ServerResponse[] = [];
    const server = http.createServer((_, response) => void open.push(response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const stop = requests.watch(server);
    const { port } = server.address() as AddressInfo;
    const ask = async (): Promise<net.Socket> => {
      const socket = net.connect(port, '127.0.0.1');
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      await once(server, 'request');
      return socket;
    };
    const [first, second] = [await ask(), await ask()];
    expect(requests.inFlight).toBe(2);
    open[0]?.end('done');
    await once(open[0]!, 'close');
    expect(requests.inFlight).toBe(1);
    second.destroy();
    await once(open[1]!, 'close');
    expect(requests.inFlight).toBe(0);
    expect(requests.serviceTime).toBeGreaterThan(0);
    stop();
    const third = await ask();
    expect(requests.inFlight).toBe(0);
    for (const socket of [first, third]) socket.destroy();
    server.close();
    await once(server, 'close');
  });
});

describe('isNotable', () => {
  it.each([
    [0, 0, false],
    [0, 1, true],
    [1, 0, true],
    [100, 0, true],
    [1, 2, false],
    [1, 4, false],
    [4, 1, false],
    [2, 5, true],
    [3, 5, false],
    [5, 9, false],
    [5, 10, true],
    [10, 6, false],
    [10, 5, true],
    [100, 199, false],
    [100, 200, true],
  ])('from %i to %i: %s', (said, now, notable) => {
    expect(isNotable(said, now)).toBe(notable);
  });
});
