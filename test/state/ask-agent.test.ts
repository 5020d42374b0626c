import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openAgentCheck } from '../../agent/agent-check.ts';
import { type AgentPlace, askAgent, MAX_ANSWER_BYTES } from '../../src/state/ask-agent.ts';

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

/** An agent that does this with each connection; nothing by default. */
const anAgent = async (answer: (socket: Socket) => void = () => undefined): Promise<AgentPlace> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    answer(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ended.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port, timeout: 5000 };
};

const asked = async (place: AgentPlace): Promise<object> => askAgent(place).answer;

describe('the answer of an agent', () => {
  it.each([
    ['one line', 'up 75%\n', 'up 75%'],
    ['one line as on Windows', 'up 75%\r\n', 'up 75%'],
    ['more than one line', 'drain\nup\n', 'drain'],
    ['no end of line', 'down#disk', 'down#disk'],
    ['as much as may be', `${'x'.repeat(MAX_ANSWER_BYTES)}\n`, 'x'.repeat(MAX_ANSWER_BYTES)],
  ])('of %s is the first line', async (_, text, line) => {
    expect(await asked(await anAgent((socket) => socket.end(text)))).toEqual({ line });
  });

  it('may come in pieces', async () => {
    const place = await anAgent((socket) => {
      socket.write('up 7');
      setImmediate(() => socket.write('5%\n'));
    });
    expect(await asked(place)).toEqual({ line: 'up 75%' });
  });

  it('is not waited for beyond its end of line, and the connection is closed', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const place = await anAgent((socket) => {
      closed = once(socket, 'close');
      socket.resume().write('up\n');
    });
    expect(await asked(place)).toEqual({ line: 'up' });
    await closed;
  });

  it('comes after what is sent first', async () => {
    const place = await anAgent((socket) => {
      socket.once('data', (data) => socket.end(`50% ${data}\n`));
    });
    expect(await asked({ ...place, send: 'web-1' })).toEqual({ line: '50% web-1' });
  });

  it('of our own agent is a line', async () => {
    const agent = await openAgentCheck({ host: '127.0.0.1', port: 0 }, () => ({
      state: 'up',
      percent: 83,
      maxconn: 30,
    }));
    ended.push(() => agent.close());
    const port = Number(/:(\d+)$/.exec(agent.address)?.[1]);
    expect(await asked({ host: '127.0.0.1', port, timeout: 5000 })).toEqual({ line: 'up 83% maxconn:30' });
  });
});

describe('no answer', () => {
  it('from an agent that is silent, within the time', async () => {
    expect(await asked({ ...(await anAgent()), timeout: 30 })).toEqual({ fault: 'no answer within 30ms' });
  });

  it('from an agent that drips, within the time', async () => {
    const place = await anAgent((socket) => {
      const drip = setInterval(() => socket.write('u'), 5);
      socket.on('close', () => clearInterval(drip));
    });
    expect(await asked({ ...place, timeout: 60 })).toEqual({ fault: 'no answer within 60ms' });
  });

  it('from an agent that chatters without an end', async () => {
    const place = await anAgent((socket) => {
      const chatter = (): void => {
        while (socket.write('up '.repeat(1000)));
      };
      socket.on('drain', chatter);
      chatter();
    });
    expect(await asked(place)).toEqual({ fault: 'more than 1024 bytes without an end of line' });
  });

  it.each([
    ['closes', (socket: Socket) => socket.end(), 'closed without an answer'],
    ['resets', (socket: Socket) => socket.resetAndDestroy(), 'ECONNRESET'],
    [
      'resets in the middle of a line',
      (socket: Socket) => socket.write('down', () => socket.resetAndDestroy()),
      'ECONNRESET',
    ],
  ])('from an agent that %s', async (_, answer, fault) => {
    const line = await asked(await anAgent((socket) => void answer(socket)));
    expect(line).toEqual({ fault: expect.stringContaining(fault) });
  });

  it('where nobody listens', async () => {
    const place = await anAgent();
    await ended.pop()?.();
    expect(await asked(place)).toHaveProperty('fault', expect.stringContaining('ECONNREFUSED'));
  });

  it('once it is cancelled', async () => {
    const { answer, cancel } = askAgent(await anAgent());
    cancel();
    expect(await answer).toEqual({ fault: 'closed before an answer' });
  });
});
