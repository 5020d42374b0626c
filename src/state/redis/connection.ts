import type { Redis } from 'ioredis';
import { messageOf } from '../../core/errors.ts';
import { dial, type Line } from './dial.ts';
import type { Session } from './kept-open.ts';
import { COMMAND_TIMEOUT, CONNECT_TIMEOUT, ELSEWHERE, watch } from './liveness.ts';
import { type Ioredis, loadIoredis } from './load-ioredis.ts';
import type { RedisAddress } from './redis-address.ts';
import type { Command } from './resp.ts';

/** One connection to redis, used for as long as it lasts and never again. */
export interface Connection extends Session {
  readonly client: Redis;
}

/** Sends commands in one go. The answers, in order; an Error where redis refused one. Rejects if there are none. */
export const ask = async (
  connection: Connection,
  commands: readonly Command[],
): Promise<readonly unknown[]> => {
  const answers = await connection.client.pipeline(commands.map((command) => [...command])).exec();
  if (!answers) throw new Error('redis did not answer');
  return answers.map(([error, answer]) => {
    if (error && ELSEWHERE.test(error.message)) connection.drop(error.message);
    return error ?? answer;
  });
};

/** As `ask`, but rejects with the first refusal. The error holds nothing but the message: no command, no password. */
export const tell = async (connection: Connection, commands: readonly Command[]): Promise<void> => {
  for (const answer of await ask(connection, commands))
    if (answer instanceof Error) throw new Error(answer.message);
};

/**
 * The client of ioredis upon a line. It sends what it is given now or not at all: no queue, no second try, no
 * reconnecting. RESP2 without HELLO is what every redis, valkey and proxy for them understands.
 */
const clientOn = (
  { Redis, AbstractConnector }: Ioredis,
  line: Line,
  { db, username, password }: RedisAddress,
  name: string,
): Redis =>
  new Redis({
    Connector: class extends AbstractConnector {
      constructor() {
        super(0);
      }
      override async connect() {
        return line.stream;
      }
      override disconnect(): void {
        line.reset();
      }
    },
    lazyConnect: true,
    protocol: 2,
    db,
    connectionName: name,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    commandTimeout: COMMAND_TIMEOUT,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true,
  });

/**
 * Connects, signs in and waits for an answer. Rejects within some seconds with an error that says why not.
 * `name`: for `CLIENT LIST`. The connection keeps no process alive.
 */
export const openConnection = async (address: RedisAddress, name: string): Promise<Connection> => {
  const ioredis = await loadIoredis();
  const line = await dial(address, CONNECT_TIMEOUT);
  const client = clientOn(ioredis, line, address, name);
  let watching: NodeJS.Timeout | undefined;
  let fault: string | undefined;
  let end: (reason: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  const drop = (reason: string): void => {
    fault ??= reason;
    clearInterval(watching);
    client.disconnect();
    line.reset();
    end(fault);
  };
  client.on('error', (error) => drop(messageOf(error)));
  client.on('end', () => drop('the connection was closed'));
  try {
    await client.connect();
    await client.ping();
  } catch (thrown) {
    drop(messageOf(thrown));
    throw new Error(fault);
  }
  line.unref();
  watching = watch(line, () => void client.ping().catch(() => undefined), drop);
  return { client, ended, drop };
};
