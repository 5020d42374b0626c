import { Rig } from './rig.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const untilSignal = (): Promise<never> =>
  new Promise((_, reject) => {
    for (const signal of SIGNALS) process.once(signal, () => reject(new Error(`ended by ${signal}`)));
  });

/**
 * Runs a measurement and prints its result as one line of JSON, the last on standard output. Whatever it started has
 * ended and whatever it wrote is gone when this is over, also when it fails or is interrupted; then nothing is printed
 * but the reason, and the exit code is 1.
 */
export const runBench = async (measure: (rig: Rig) => Promise<object>): Promise<void> => {
  const rig = new Rig();
  let result: object | undefined;
  try {
    result = await Promise.race([measure(rig), untilSignal()]);
  } catch (thrown) {
    console.error(thrown instanceof Error ? thrown.message : thrown);
  }
  await rig.close();
  if (result) console.log(JSON.stringify(result));
  process.exit(result ? 0 : 1); // a measurement that was interrupted may still wait for something
};
