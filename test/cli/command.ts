import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const PATIENCE_MS = 40_000;

interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** How many descriptors it may open. Not on Windows. */
  readonly descriptors?: number;
}

/** A program that runs beside the test: what it says, and how to end it. */
export interface Running {
  readonly child: ChildProcess;
  /** Everything said so far on both outputs. */
  said(): string;
  stdout(): string;
  /** Resolves with the match once it has been said. Rejects when the program ends or patience does. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  ended: Promise<number | null>;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

const running = new Set<ChildProcess>();

/** Ends what a test left running. For afterEach. */
export const stopAll = async (): Promise<void> => {
  for (const child of running) {
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), 5000);
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    clearTimeout(force);
  }
  running.clear();
};

/** Has a shell set the limit and become the program. */
const limited = (descriptors: number | undefined): readonly string[] =>
  descriptors === undefined ? [] : ['sh', '-c', `ulimit -n ${descriptors} && exec "$0" "$@"`];

/** Starts a Node program. */
export const startNode = (
  args: readonly string[],
  { cwd, env, input, descriptors }: RunOptions = {},
): Running => {
  const [program = '', ...rest] = [...limited(descriptors), process.execPath, ...args];
  const child = spawn(program, rest, {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: 'pipe',
  });
  running.add(child);
  let all = '';
  let out = '';
  const heard = new Set<() => void>();
  const hear = (text: string): void => {
    all += text;
    for (const listener of heard) listener();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    hear(text);
  });
  child.stderr.setEncoding('utf8').on('data', hear);
  if (input !== undefined) child.stdin.end(input);
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const says = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const give = (): void => {
        const match = pattern.exec(all);
        if (match) settle(() => resolve(match));
      };
      const settle = (end: () => void): void => {
        heard.delete(give);
        clearTimeout(limit);
        end();
      };
      const fail = (why: string) => (): void =>
        settle(() => reject(new Error(`${why} without saying ${pattern}; it said:\n${all}`)));
      const limit = setTimeout(fail('patience ended'), PATIENCE_MS);
      heard.add(give);
      void ended.then(() => setImmediate(fail('it ended')));
      give();
    });
  const stop = (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  return { child, said: () => all, stdout: () => out, says, ended, stop };
};

/** Starts the built command. */
export const startCommand = (args: readonly string[], options?: RunOptions): Running =>
  startNode([MAIN, ...args], options);

/** Runs the built command to its end. */
export const command = async (
  args: readonly string[],
  options?: RunOptions,
): Promise<{ code: number | null; stdout: string; said: string }> => {
  const program = startCommand(args, { input: '', ...options });
  const code = await program.ended;
  return { code, stdout: program.stdout(), said: program.said() };
};

/** Asks again until the answer is as wanted. Rejects when patience ends, with the last answer or error. */
export const eventually = async <Answer>(
  ask: () => Promise<Answer>,
  wanted: (answer: Answer) => boolean,
  patienceMs = PATIENCE_MS,
): Promise<Answer> => {
  const end = performance.now() + patienceMs;
  for (;;) {
    const answer = await ask().catch((error: unknown) => error);
    const good = !(answer instanceof Error) && wanted(answer as Answer);
    if (good) return answer as Answer;
    if (performance.now() > end)
      throw new Error(
        `patience ended; the last answer was ${answer instanceof Error ? answer.message : JSON.stringify(answer)}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};
