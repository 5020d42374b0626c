import { describe, expect, it } from 'vitest';
import { aFolder, runProgram } from './support.ts';

/** A process of its own with a watchdog and a loader that loads ./s.ts of this folder, and then this code. */
const program = (folder: string, code: string): string => `
  import { Heartbeat } from '../../src/script/heartbeat.ts';
  import { ScriptLoader } from '../../src/script/load.ts';
  import { startWatchdog } from '../../src/script/watchdog.ts';
  const heartbeat = new Heartbeat();
  startWatchdog({ heartbeat, limitMs: 500, onStuck: { kind: 'kill', fd: 3 }, onLost: () => {} });
  const loader = new ScriptLoader({ modules: {}, clock: () => performance.now(), heartbeat, onEvent: () => {} });
  const load = () => loader.load('./s.ts', ${JSON.stringify(folder)});
  ${code}
`;

describe('a script in plain Node, without a test runner between', () => {
  it('shows its author’s lines in a stack, though the bundle is gone', async () => {
    const folder = aFolder({
      's.ts': `import { refuse } from './refuse.ts';\nexport default () => refuse({ why: 'boom' });\n`,
      'refuse.ts': `interface Said {\n  why: string;\n}\nexport const refuse = ({ why }: Said) => {\n  throw new Error(why);\n};\n`,
    });
    const code = `
      const { candidacy, guard } = await load();
      try { candidacy.create(undefined, () => undefined)([], {}); }
      catch (thrown) { guard.fault('throw', thrown.message, thrown); console.log(thrown.stack); }
      console.log(JSON.stringify(guard.status().lastFault.place));`;
    const { stdout, stderr } = await runProgram(program(folder.path, code));
    expect(stderr).toBe('');
    expect(stdout).toContain(`${folder.path}/refuse.ts:5:9`);
    expect(stdout).toContain(`${folder.path}/s.ts:2:22`);
    expect(stdout.trim().split('\n').at(-1)).toBe(
      JSON.stringify({ file: `${folder.path}/refuse.ts`, line: 5, column: 9 }),
    );
  });

  it('is named and ended by the watchdog when it loops for ever as it is loaded', async () => {
    const folder = aFolder({ 's.ts': `for (;;) {}\nexport default () => [];` });
    const ended = await runProgram(program(folder.path, 'await load();'));
    expect(ended.signal).toBe('SIGKILL');
    expect(JSON.parse(ended.fd3)).toMatchObject({
      stuck: './s.ts',
      hash: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });

  it('is named and ended by the watchdog when it loops for ever as it is called', async () => {
    const folder = aFolder({ 's.ts': 'export default () => { for (;;) {} };' });
    const code = `
      const { candidacy, guard } = await load();
      guard.enter();
      candidacy.create(undefined, () => undefined)([], {});`;
    const ended = await runProgram(program(folder.path, code));
    expect(ended.signal).toBe('SIGKILL');
    expect(JSON.parse(ended.fd3)).toMatchObject({ stuck: './s.ts' });
  });

  it('may wait at its top for longer than the watchdog would', async () => {
    const folder = aFolder({
      's.ts': `await new Promise((resolve) => setTimeout(resolve, 1000));\nexport default () => [];`,
    });
    const ended = await runProgram(program(folder.path, `console.log((await load()).name);`));
    expect(ended).toMatchObject({ code: 0, fd3: '', stdout: './s.ts\n' });
  });

  it('lets the process end by itself, with nothing of the bundler left', async () => {
    const folder = aFolder({ 's.ts': 'export default () => [];' });
    const code = `await load(); await loader.close();
      console.log(process._getActiveHandles().filter((one) => one.constructor.name === 'ChildProcess').length);`;
    expect(await runProgram(program(folder.path, code))).toMatchObject({ code: 0, stdout: '0\n' });
  });
});
