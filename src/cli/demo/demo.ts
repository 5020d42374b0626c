import { parseDuration } from '../../core/options.ts';
import type { LogFlags } from '../log-flags.ts';
import { versionText } from '../version.ts';
import { listenToKeys } from './keys.ts';
import { Demo } from './running.ts';
import { Screen } from './screen.ts';
import { writeProject } from './write-project.ts';

interface DemoFlags {
  readonly duration?: string;
  readonly rate: string;
  readonly load: boolean;
  readonly write?: string;
  readonly json?: boolean;
}

const numberFlag = (name: string, text: string): number => {
  const value = Number(text);
  if (!(value > 0 && value <= 1000))
    throw new Error(`--${name}: expected a number above 0 and at most 1000, got ${JSON.stringify(text)}`);
  return value;
};

const durationFlag = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const duration = parseDuration(text);
  if (duration === undefined)
    throw new Error(`--duration: expected a duration such as 10s, got ${JSON.stringify(text)}`);
  return duration;
};

/** Resolves when the time is over, a signal comes or `q` is pressed; meanwhile shows every second how it goes. */
const untilEnd = (demo: Demo, show: () => void, duration: number | undefined): Promise<void> =>
  new Promise((resolve) => {
    const timer = setInterval(show, 1000);
    const stopKeys = listenToKeys(process.stdin, (key) => {
      if (key === 'q' || key === '\x03') end();
      else void demo.press(key);
    });
    const limit = duration === undefined ? undefined : setTimeout(() => end(), duration);
    const end = (): void => {
      clearInterval(timer);
      clearTimeout(limit);
      stopKeys();
      resolve();
    };
    process.once('SIGINT', end).once('SIGTERM', end);
  });

/** `forehand demo`: the whole product on one machine, without root, network or configuration. */
export const demo = async (flags: DemoFlags, logFlags: LogFlags): Promise<void> => {
  if (flags.write !== undefined) return writeProject(flags.write);
  const duration = durationFlag(flags.duration);
  const running = new Demo({ rate: numberFlag('rate', flags.rate), load: flags.load });
  const { ports, note } = await running.start(logFlags);
  const head = {
    version: versionText(),
    proxy: `http://127.0.0.1:${ports.proxy}`,
    admin: `http://127.0.0.1:${ports.admin}/`,
    note,
  };
  const screen = new Screen(process.stdout);
  const show = flags.json
    ? () => void process.stdout.write(`${JSON.stringify(running.line())}\n`)
    : () => screen.show(running.screen(head));
  if (flags.json && note) process.stderr.write(`${note}\n`);
  if (!flags.json) show();
  await untilEnd(running, show, duration);
  await running.settle();
  const summary = running.summary();
  process.stdout.write(
    flags.json ? `${JSON.stringify(summary)}\n` : `${summary.requests} requests, ${summary.failed} failed\n`,
  );
  await running.close();
};
