import { messageOf } from '../core/errors.ts';
import { loadBindings } from './bindings.ts';
import type { Transport } from './connection.ts';
import { netTransport } from './net.ts';
import { RawTransport } from './raw.ts';
import { selfTest } from './self-test.ts';

/** Which transport somebody wants. */
export type WantedTransport = 'auto' | 'net' | 'raw';

/** The transport to use, and why that one: a sentence in lower case for the log. */
export interface ChosenTransport {
  readonly transport: Transport;
  readonly reason: string;
}

/** Milliseconds that the self-test may take; it takes about ten. */
const SELF_TEST_LIMIT = 2_000;

const isWanted = (value: string): value is WantedTransport =>
  value === 'auto' || value === 'net' || value === 'raw';

/** The raw transport if it works here. Rejects with why it does not. */
const workingRaw = async (): Promise<Transport> => {
  // There a read may go on in the background, into a buffer that is not to be shared then.
  if (process.platform === 'win32') throw new Error('it is not for Windows');
  const bindings = loadBindings();
  if (!bindings) throw new Error(`Node ${process.version} does not give out its socket handles`);
  const transport = new RawTransport(bindings);
  await selfTest(transport, SELF_TEST_LIMIT);
  return transport;
};

/**
 * Chooses how bytes move. `fromEnvironment` is the value of FOREHAND_TRANSPORT, which wins over `wanted`. `auto` takes
 * the raw transport if it passes a test on loopback, else `net`. Rejects if `raw` was asked for by name and does not
 * work, or if the variable has another value.
 */
export const chooseTransport = async (
  wanted: WantedTransport,
  fromEnvironment: string | undefined,
): Promise<ChosenTransport> => {
  const isOverruled = fromEnvironment !== undefined && fromEnvironment !== '';
  const choice = isOverruled ? fromEnvironment : wanted;
  if (!isWanted(choice))
    throw new Error(`FOREHAND_TRANSPORT is ${JSON.stringify(choice)}; it can be auto, net or raw`);
  const who = isOverruled ? 'FOREHAND_TRANSPORT' : 'the configuration';
  if (choice === 'net') return { transport: netTransport, reason: `asked for by ${who}` };
  try {
    const transport = await workingRaw();
    return {
      transport,
      reason: choice === 'raw' ? `asked for by ${who}` : 'the raw transport works here',
    };
  } catch (thrown) {
    const why = messageOf(thrown);
    if (choice === 'raw')
      throw new Error(`${who} asks for the raw transport, which does not work here: ${why}`, {
        cause: thrown,
      });
    return { transport: netTransport, reason: `the raw transport does not work here: ${why}` };
  }
};
