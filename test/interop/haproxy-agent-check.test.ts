import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Leaving } from '../../agent/agent-check-leave.ts';
import {
  type AgentCheckAnswer,
  agentCheckAnswer,
  type Listening,
  openAgentCheck,
} from '../../agent/index.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { hasHaproxy, runHaproxy } from './haproxy.ts';

/** What HAProxy thinks of its server. */
interface Seen {
  /** UP, DOWN (agent), DRAIN (agent) ... */
  readonly status: string;
  readonly weight: number;
  readonly maxconn: number;
}

let ports: readonly number[] = [];
const open: { close(): unknown }[] = [];
let agent: Listening | undefined;
let answer = (): AgentCheckAnswer => ({ state: 'up', percent: 100 });

const say = async (command: string): Promise<string> => {
  const socket = net.connect(ports[1] ?? 0, '127.0.0.1');
  let said = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  socket.write(`${command}\n`);
  await once(socket, 'close');
  return said;
};

const seen = async (): Promise<Seen> => {
  const [head = '', ...rows] = (await say('show stat')).replace(/^# /, '').split('\n');
  const row = rows.find((text) => text.startsWith('web,app,'))?.split(',') ?? [];
  const field = (name: string): string => row[head.split(',').indexOf(name)] ?? '';
  return { status: field('status'), weight: Number(field('weight')), maxconn: Number(field('slim')) };
};

const isSeen = (expected: Partial<Seen>): Promise<void> =>
  eventually(async () => {
    const now = await seen();
    return Object.entries(expected).every(([name, value]) => now[name as keyof Seen] === value);
  }, JSON.stringify(expected));

const openAgent = async (leaving = new Leaving()): Promise<Leaving> => {
  const at = { host: '127.0.0.1', port: ports[2] ?? 0 };
  agent = await openAgentCheck(at, (from) => leaving.answer(from) ?? answer());
  return leaving;
};

describe.skipIf(!hasHaproxy && !process.env['CI'])("HAProxy's agent-check on our agent", () => {
  beforeAll(async () => {
    ports = await freePorts(3);
    const app = net.createServer((socket) => socket.on('error', () => undefined).destroy());
    await once(app.listen(0, '127.0.0.1'), 'listening');
    open.push(app);
    await openAgent();
    const stop = await runHaproxy(
      `
global
  nbthread 1
  stats socket ipv4@127.0.0.1:${ports[1]} level admin
defaults
  mode tcp
  timeout connect 2s
  timeout client 9s
  timeout server 9s
listen front
  bind 127.0.0.1:${ports[0]}
  use_backend web
backend web
  server app 127.0.0.1:${(app.address() as AddressInfo).port} weight 200 maxconn 500 check inter 50ms fall 1 rise 1 agent-check agent-inter 50ms agent-addr 127.0.0.1 agent-port ${ports[2]} agent-send "app\\n"
`,
      ports[0] ?? 0,
    );
    open.push({ close: stop });
  });

  afterAll(async () => {
    await agent?.close();
    await Promise.all(open.map((thing) => thing.close()));
  });

  it('sets weight and limit of the server', async () => {
    answer = () =>
      agentCheckAnswer({ arriba: 830, arribaNominal: 1000, slots: { total: 40, available: 20 } });
    await isSeen({ status: 'UP', weight: 84, maxconn: 40 });
    answer = () =>
      agentCheckAnswer({ arriba: 1000, arribaNominal: 1000, slots: { total: 40, available: 40 } });
    await isSeen({ status: 'UP', weight: 200, maxconn: 40 });
    answer = () => agentCheckAnswer({ slots: { total: 40, available: 0 } });
    await isSeen({ status: 'UP', weight: 2, maxconn: 40 });
  });

  it('leaves alone that its operator drains it', async () => {
    answer = () => ({ state: 'up', percent: 50 });
    await isSeen({ status: 'UP', weight: 100 });
    await say('set server web/app state drain');
    let asked = 0;
    answer = () => {
      asked += 1;
      return { state: 'up', percent: 100 };
    };
    await eventually(() => asked > 3, 'it was asked again');
    expect((await seen()).status).toMatch(/^DRAIN/);
    await say('set server web/app state ready');
    await isSeen({ status: 'UP', weight: 200 });
  });

  it('drains the server when the agent is to end, takes it out, and back in with the next agent', async () => {
    answer = () => ({ state: 'up', percent: 100 });
    await agent?.close();
    const leaving = await openAgent();
    await isSeen({ status: 'UP', weight: 200 });
    const left = leaving.leave(500);
    await isSeen({ status: 'DRAIN (agent)' });
    await left;
    await agent?.close();
    await isSeen({ status: 'DOWN (agent)' });
    await openAgent();
    await isSeen({ status: 'UP', weight: 200 });
  });

  it('keeps its last word while no agent answers', async () => {
    answer = () => ({ state: 'up', percent: 30 });
    await isSeen({ status: 'UP', weight: 60 });
    await agent?.close();
    expect(await seen()).toMatchObject({ status: 'UP', weight: 60 });
    await openAgent();
  });
});
