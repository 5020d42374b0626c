/**
 * Thirty seconds of mixed load on the demo: does its memory stay flat? Prints one JSON object as its last line:
 * resident bytes after a warm-up and at the end, and how many requests went through.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';

const WARM_UP_MS = 15_000;
const LOAD_MS = 30_000;
const CLIENTS = 16;
const URL = 'http://127.0.0.1:8080/';

const residentBytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;

const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
const counts = { ok: 0, failed: 0, aborted: 0 };

/** One request of the mix: mostly GET, some with a body, some given up half-way. */
const send = (turn: number): Promise<void> =>
  new Promise((resolve) => {
    const body = turn % 4 === 0 ? Buffer.alloc(1024 * (turn % 100), 97) : undefined;
    const gaveUp = turn % 10 === 7;
    const sent = request(`${URL}${turn}?x=${turn}`, { agent, method: body ? 'POST' : 'GET' }, (answer) => {
      answer.resume();
      answer.once('close', () => {
        if ((answer.statusCode ?? 500) < 500) counts.ok += 1;
        else counts.failed += 1;
        resolve();
      });
    });
    sent.on('error', () => {
      if (gaveUp) counts.aborted += 1;
      else counts.failed += 1;
      resolve();
    });
    sent.end(body);
    if (gaveUp) setTimeout(() => sent.destroy(), turn % 50);
  });

const loadFor = async (millis: number): Promise<void> => {
  const end = performance.now() + millis;
  let turn = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < end) await send(turn++);
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
};

const listening = (demo: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    demo.stdout?.once('data', () => resolve());
    demo.once('exit', (code) => reject(new Error(`the demo ended with ${code}`)));
  });

const main = fileURLToPath(new globalThis.URL('../src/cli/main.js', import.meta.url));
const demo = spawn(process.execPath, [main, 'demo', '--json', '--no-load'], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
await listening(demo);
const pid = demo.pid ?? 0;
await loadFor(WARM_UP_MS);
const rssStart = residentBytes(pid);
await loadFor(LOAD_MS);
const rssEnd = residentBytes(pid);
agent.destroy();
demo.kill('SIGTERM');
console.log(
  JSON.stringify({
    unit: 'bytes',
    rssStart,
    rssEnd,
    growth: Number((rssEnd / rssStart - 1).toFixed(3)),
    ...counts,
  }),
);
