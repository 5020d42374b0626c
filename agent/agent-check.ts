import net from 'node:net';
import type { Millis, Stats } from '../src/core/types.ts';
import { type ListenAt, type Listening, listenAt } from './listening.ts';

/** What HAProxy is told about a server. */
export type AgentCheckAnswer =
  | {
      readonly state: 'up';
      /** Of the weight that HAProxy's configuration gives the server; 1..100. */
      readonly percent: number;
      /** How many connections it may send at a time; left as it is where this is missing. */
      readonly maxconn?: number;
    }
  /** No new clients; those that belong here by a cookie still come. HAProxy keeps to it until it hears `ended`. */
  | { readonly state: 'drain' }
  /** Takes `drain` back, and the server out until an agent says `up` again. */
  | { readonly state: 'ended' };

/** Many HAProxies with many processes; each connection is over in milliseconds. */
const MAX_CONNECTIONS = 256;
/** A peer that does not close is gone by then. */
const MAX_OPEN: Millis = 1000;

/**
 * How much of its weight a server deserves now: the share of its nominal speed that work gets, times the share of
 * its slots that is free. At least 1: HAProxy would take 0 for `drain`.
 */
export const agentCheckAnswer = ({ arriba, arribaNominal, slots }: Stats): AgentCheckAnswer => {
  const speed = arriba !== undefined && arribaNominal !== undefined ? arriba / arribaNominal : 1;
  const free = slots && slots.total > 0 ? slots.available / slots.total : 1;
  const percent = Math.min(100, Math.max(1, Math.round(100 * speed * free)));
  // HAProxy takes maxconn:0 for no limit at all.
  const total = Math.floor(slots?.total ?? 0);
  return { state: 'up', percent, ...(total > 0 ? { maxconn: total } : {}) };
};

/** The answer as HAProxy reads it (its manual, `agent-check`): state and weight in one line, so that none is missed. */
export const agentCheckLine = (answer: AgentCheckAnswer): string => {
  if (answer.state === 'drain') return 'drain\n';
  if (answer.state === 'ended') return 'ready down #the agent ended\n';
  const maxconn = answer.maxconn === undefined ? '' : ` maxconn:${answer.maxconn}`;
  return `up ${answer.percent}%${maxconn}\n`;
};

const lineOf = (answer: () => AgentCheckAnswer): string => {
  try {
    return agentCheckLine(answer());
  } catch {
    // HAProxy leaves everything as it is when it hears nothing.
    return '';
  }
};

/**
 * Answers HAProxy's `agent-check`: every connection gets one line at once and is closed. What a peer sends is read
 * and ignored. Keeps the process alive. `answer`: asked for each connection, with the address of who asks.
 */
export const openAgentCheck = (
  at: ListenAt,
  answer: (from: string) => AgentCheckAnswer,
): Promise<Listening> => {
  const server = net.createServer((socket) => {
    const late = setTimeout(() => socket.destroy(), MAX_OPEN);
    // A reset is no news: the next check comes on a connection of its own.
    socket.on('error', () => undefined).on('close', () => clearTimeout(late));
    // Closing with something unread would reset the connection, and the answer with it.
    socket.resume();
    socket.end(lineOf(() => answer(socket.remoteAddress ?? '')));
  });
  server.maxConnections = MAX_CONNECTIONS;
  // Connections end by themselves within MAX_OPEN: closing lets the last answers out.
  return listenAt(server, at, () => undefined);
};
