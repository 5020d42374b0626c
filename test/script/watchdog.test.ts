import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { runProgram } from './support.ts';

/** A process with a watchdog, `limit` ms strict, and one registered function, and then this code. */
const program = (limit: number, onStuck: string, code: string): string => `
  import { writeSync } from 'node:fs';
  import { Heartbeat } from '../../src/script/heartbeat.ts';
  import { startWatchdog } from '../../src/script/watchdog.ts';
  const heartbeat = new Heartbeat();
  heartbeat.register('./first.ts', 'aaa');
  const watchdog = startWatchdog({
    heartbeat,
    limitMs: ${limit},
    onStuck: ${onStuck},
    onLost: (why) => console.log('lost', why),
  });
  const number = heartbeat.register('./loop.ts#pick', 'bbb');
  const now = () => performance.now();
  ${code}
`;
const KILL = `{ kind: 'kill', fd: 3 }`;
const REPORT = `{ kind: 'report' }`;

describe('a function that does not return', () => {
  it('is named on the descriptor, and the process killed within 3 s', async () => {
    let started = 0;
    const ended = await runProgram(program(1000, KILL, 'heartbeat.enter(number); for (;;) {}'), () => {
      started = performance.now();
    });
    expect(JSON.parse(ended.fd3)).toEqual({ stuck: './loop.ts#pick', hash: 'bbb' });
    expect(ended.signal).toBe('SIGKILL');
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it('kills the process also when nobody reads the descriptor', async () => {
    const close = `import('node:fs').then(({ closeSync }) => { closeSync(3); heartbeat.enter(number); for (;;) {} });`;
    const ended = await runProgram(program(200, KILL, close));
    expect(ended).toMatchObject({ signal: 'SIGKILL', fd3: '' });
  });

  it('is found also when it goes on calling another function', async () => {
    const code = 'heartbeat.enter(number); for (;;) heartbeat.leave(heartbeat.enter(1));';
    const ended = await runProgram(program(200, KILL, code));
    expect(ended.signal).toBe('SIGKILL');
    expect(ended.fd3).toMatch(/^{"stuck":".\/(loop.ts#pick|first.ts)","hash":"(aaa|bbb)"}\n$/);
  });

  it('is only named, once an entry, where nobody would replace the process', async () => {
    const busy = `
      for (let i = 0; i < 2; i++) {
        const before = heartbeat.enter(number);
        for (const end = now() + 900; now() < end; ) {}
        heartbeat.leave(before);
      }`;
    const ended = await runProgram(program(200, REPORT, busy));
    const line =
      'forehand: ./loop.ts#pick has not returned for 200 ms and holds up everything in this process\n';
    expect(ended).toMatchObject({ code: 0, stdout: '', stderr: line.repeat(2) });
  });
});

describe('what is not stuck', () => {
  it('is a function that is called again and again without a turn of the event loop', async () => {
    const code = 'for (const end = now() + 900; now() < end; ) heartbeat.leave(heartbeat.enter(number));';
    expect(await runProgram(program(300, KILL, code))).toMatchObject({ code: 0, fd3: '', stderr: '' });
  });

  it('is anything else that takes long', async () => {
    const code = 'for (const end = now() + 900; now() < end; ) {}';
    expect(await runProgram(program(300, KILL, code))).toMatchObject({ code: 0, fd3: '', stderr: '' });
  });

  it('is work that is renewed on every turn', async () => {
    const code = `
      const before = heartbeat.enter(number);
      const renewal = setInterval(() => heartbeat.renew(), 50);
      setTimeout(() => { clearInterval(renewal); heartbeat.leave(before); }, 900);`;
    expect(await runProgram(program(300, KILL, code))).toMatchObject({ code: 0, fd3: '' });
  });

  it('is a function in a process that was stopped meanwhile', async () => {
    const code = `
      const before = heartbeat.enter(number);
      writeSync(1, 'in');
      for (const end = process.cpuUsage().user + 30_000; process.cpuUsage().user < end; ) {}
      heartbeat.leave(before);`;
    const pause = async (child: ChildProcess): Promise<void> => {
      child.kill('SIGSTOP');
      await delay(2000);
      child.kill('SIGCONT');
    };
    const ended = await runProgram(program(1200, KILL, code), (child) => {
      child.stdout?.once('data', () => void pause(child));
    });
    expect(ended).toMatchObject({ code: 0, fd3: '' });
  });
});

describe('the watchdog itself', () => {
  it('does not keep the process alive, and can be closed', async () => {
    expect(await runProgram(program(1000, KILL, ''))).toMatchObject({ code: 0, fd3: '' });
    const code = `await watchdog.close(); heartbeat.enter(number); for (const end = now() + 600; now() < end; ) {}`;
    expect(await runProgram(program(200, KILL, code))).toMatchObject({ code: 0, fd3: '', stdout: '' });
  });

  it('kills nobody while a debugger is attached', async () => {
    const open = `(await import('node:inspector')).open(0, '127.0.0.1');`;
    const start = program(
      200,
      KILL,
      `heartbeat.enter(number); for (const end = now() + 700; now() < end; ) {}
      (await import('node:inspector')).close();`,
    ).replace('const watchdog =', `${open}\nconst watchdog =`);
    const ended = await runProgram(start);
    expect(ended).toMatchObject({ code: 0, fd3: '' });
    expect(ended.stderr).toContain('./loop.ts#pick has not returned');
  });
});
