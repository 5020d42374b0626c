import { PublishError } from '../publish-error.ts';
import { dial } from './dial.ts';
import type { Session } from './kept-open.ts';
import { COMMAND_TIMEOUT, CONNECT_TIMEOUT, ELSEWHERE, watch } from './liveness.ts';
import type { RedisAddress } from './redis-address.ts';
import { type Command, encodeCommands, type Reply, ReplyReader } from './resp.ts';

/**
 * A connection of an agent to redis. ioredis would do, but it takes 20 MB and, at the pace of an agent, more CPU than
 * all the rest of it; and so nobody needs to install it beside every agent.
 */
export interface AgentConnection extends Session {
  /**
   * Sends commands in one go. Rejects with PublishError: `bad_answer` with what redis has against one of them,
   * `timeout`, `unreachable`.
   */
  tell(commands: readonly Command[]): Promise<void>;
}

type Waiting = (reply: Reply | undefined) => void;

/** Every reply belongs to the oldest command that has none yet. */
class Exchange {
  readonly #write: (text: string) => void;
  readonly #reader = new ReplyReader();
  readonly #waiting: Waiting[] = [];
  #fault: string | undefined;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** The replies, in order. Bounded by time: what comes later is thrown away. */
  ask(commands: readonly Command[]): Promise<readonly Reply[]> {
    if (this.#fault !== undefined) return Promise.reject(new PublishError('unreachable', this.#fault));
    return new Promise((resolve, reject) => {
      const replies: Reply[] = [];
      const late = (): void =>
        reject(new PublishError('timeout', `no answer of redis within ${COMMAND_TIMEOUT} ms`));
      const timer = setTimeout(late, COMMAND_TIMEOUT);
      const take: Waiting = (reply) => {
        if (reply) replies.push(reply);
        if (reply && replies.length < commands.length) return;
        clearTimeout(timer);
        if (reply) resolve(replies);
        else reject(new PublishError('unreachable', this.#fault ?? 'the connection was closed'));
      };
      for (const _ of commands) this.#waiting.push(take);
      this.#write(encodeCommands(commands));
    });
  }

  /** Takes bytes from redis. False: they make no sense. */
  hear(bytes: Buffer): boolean {
    const replies = this.#reader.read(bytes.toString('latin1'));
    if (!replies || replies.length > this.#waiting.length) return false;
    for (const reply of replies) this.#waiting.shift()?.(reply);
    return true;
  }

  /** There will be no more replies. */
  end(fault: string): void {
    this.#fault ??= fault;
    for (const take of this.#waiting.splice(0)) take(undefined);
  }
}

/** Said where a password is given to a redis that has none: no reason to stay away. */
const NO_PASSWORD = /no password is set|without any password configured/;

const greeting = ({ username, password, db }: RedisAddress): readonly Command[] => [
  ...(password === undefined
    ? []
    : [['auth', ...(username === undefined ? [] : [username]), password] as const]),
  ...(db === 0 ? [] : [['select', db] as const]),
  ['ping'],
];

const check = (replies: readonly Reply[]): void => {
  const refused = replies.find(({ isError, text }) => isError && !NO_PASSWORD.test(text));
  if (refused) throw new PublishError('bad_answer', refused.text);
};

/**
 * Connects, signs in and waits for an answer. Rejects within some seconds with an error that says why not, and never
 * shows a password. The connection keeps no process alive but while it waits for an answer.
 */
export const openAgentConnection = async (address: RedisAddress): Promise<AgentConnection> => {
  const line = await dial(address, CONNECT_TIMEOUT);
  const exchange = new Exchange((text) => void line.stream.write(text));
  let watching: NodeJS.Timeout | undefined;
  let end: (reason: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  const drop = (reason: string): void => {
    clearInterval(watching);
    line.reset();
    exchange.end(reason);
    end(reason);
  };
  line.stream.on('data', (bytes: Buffer) => {
    if (!exchange.hear(bytes)) drop('what answers there is no redis');
  });
  line.stream.on('close', () => drop('the connection was closed'));
  try {
    check(await exchange.ask(greeting(address)));
  } catch (thrown) {
    drop('redis cannot be used');
    throw thrown;
  }
  // For CLIENT LIST; where it is not allowed it does not matter.
  exchange.ask([['client', 'setname', 'forehand-agent']]).catch(() => undefined);
  line.unref();
  watching = watch(line, () => void exchange.ask([['ping']]).catch(() => undefined), drop);
  const tell = async (commands: readonly Command[]): Promise<void> => {
    const replies = await exchange.ask(commands);
    const elsewhere = replies.find(({ isError, text }) => isError && ELSEWHERE.test(text));
    if (elsewhere) drop(elsewhere.text);
    check(replies);
  };
  return { tell, ended, drop };
};
