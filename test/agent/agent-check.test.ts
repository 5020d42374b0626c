import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type AgentCheckAnswer,
  agentCheckAnswer,
  agentCheckLine,
  openAgentCheck,
} from '../../agent/agent-check.ts';
import { Leaving } from '../../agent/agent-check-leave.ts';
import type { Listening } from '../../agent/listening.ts';
import type { Stats } from '../../src/core/types.ts';

const open: Listening[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});

const listening = async (answer: (from: string) => AgentCheckAnswer): Promise<net.NetConnectOpts> => {
  const check = await openAgentCheck({ host: '127.0.0.1', port: 0 }, answer);
  open.push(check);
  return { host: '127.0.0.1', port: Number(check.address.split(':')[1]) };
};

/** What is said to somebody who connects, up to the end of the connection. */
const ask = async (at: net.NetConnectOpts, says = ''): Promise<string> => {
  const socket = net.connect(at);
  let heard = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
  });
  if (says !== '') socket.write(says);
  await once(socket, 'close');
  return heard;
};

describe('the answer to an agent-check', () => {
  it.each<[Stats, string]>([
    [{}, 'up 100%'],
    [{ arriba: 830, arribaNominal: 1000 }, 'up 83%'],
    [{ arriba: 1500, arribaNominal: 1000 }, 'up 100%'],
    [{ arriba: 1, arribaNominal: 1000 }, 'up 1%'],
    [{ arriba: 800 }, 'up 100%'],
    [{ slots: { total: 8, available: 2 } }, 'up 25% maxconn:8'],
    [{ arriba: 500, arribaNominal: 1000, slots: { total: 8, available: 4 } }, 'up 25% maxconn:8'],
    [{ slots: { total: 8, available: 0 } }, 'up 1% maxconn:8'],
    [{ slots: { total: 0, available: 0 } }, 'up 100%'],
    [{ slots: { total: 2.5, available: 2.5 } }, 'up 100% maxconn:2'],
  ])('for %j is %s', (stats, line) => {
    expect(agentCheckLine(agentCheckAnswer(stats))).toBe(`${line}\n`);
  });

  it('says ready only to take back what was said before', () => {
    expect(agentCheckLine({ state: 'drain' })).toBe('drain\n');
    expect(agentCheckLine({ state: 'ended' })).toBe('ready down #the agent ended\n');
  });
});

describe('the agent-check server', () => {
  it('answers everybody at once, with what holds then, and closes', async () => {
    let percent = 0;
    const at = await listening(() => ({ state: 'up', percent: ++percent }));
    expect([await ask(at), await ask(at)]).toEqual(['up 1%\n', 'up 2%\n']);
    expect(
      (await Promise.all(Array.from({ length: 50 }, () => ask(at)))).every((line) => line.startsWith('up')),
    ).toBe(true);
  });

  it.each(['web1\n', 'GET / HTTP/1.1\r\n\r\n', 'x'.repeat(1_000_000)])(
    'ignores what it is told',
    async (says) => {
      const at = await listening(() => ({ state: 'drain' }));
      expect(await ask(at, says)).toBe('drain\n');
    },
  );

  it('outlives peers that reset, and ends those that stay', async () => {
    const at = await listening(() => ({ state: 'drain' }));
    for (let i = 0; i < 20; i++) {
      const rude = net.connect(at);
      await once(rude, 'connect');
      rude.resetAndDestroy();
    }
    const stays = net.connect({ ...at, allowHalfOpen: true });
    stays.on('error', () => undefined).resume();
    await once(stays, 'end');
    const talking = setInterval(() => stays.write('more'), 20);
    await new Promise((resolve) => stays.on('close', resolve));
    clearInterval(talking);
    expect(await ask(at)).toBe('drain\n');
  });

  it('says nothing while there is nothing to tell', async () => {
    const at = await listening(() => {
      throw new Error('no numbers');
    });
    expect(await ask(at)).toBe('');
  });

  it('is told when its address is taken', async () => {
    const { port } = (await listening(() => ({ state: 'drain' }))) as net.TcpNetConnectOpts;
    await expect(openAgentCheck({ host: '127.0.0.1', port }, () => ({ state: 'drain' }))).rejects.toThrow(
      'EADDRINUSE',
    );
  });

  it('refuses connections once it is closed', async () => {
    const at = await listening(() => ({ state: 'drain' }));
    await open.splice(0)[0]?.close();
    await expect(ask(at)).rejects.toThrow('ECONNREFUSED');
  });
});

describe('an agent that leaves', () => {
  it('says drain, and then that it ended to each that heard it', async () => {
    const leaving = new Leaving();
    expect(leaving.answer('a')).toBeUndefined();
    const left = leaving.leave(20);
    expect(leaving.answer('a')).toEqual({ state: 'drain' });
    expect(leaving.answer('b')).toEqual({ state: 'drain' });
    let isOver = false;
    void left.then(() => {
      isOver = true;
    });
    while (leaving.answer('a')?.state !== 'ended') await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    expect(leaving.answer('b')).toEqual({ state: 'ended' });
    await left;
    expect(leaving.answer('c')).toEqual({ state: 'ended' });
  });

  it('does not wait for anybody when nobody asked', async () => {
    const leaving = new Leaving();
    const started = performance.now();
    await leaving.leave(1);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
