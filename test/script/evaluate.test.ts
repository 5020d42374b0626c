import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { Heartbeat, RUNNING } from '../../src/script/heartbeat.ts';
import { aFolder, aLoader, problemOf, resultOf } from './support.ts';

describe('a module that fails while it is loaded', () => {
  it('is refused with the line of its author that threw, in whatever file', async () => {
    const folder = aFolder({
      's.ts': `import { read } from './read.ts';\nread();\nexport default () => [];`,
      'read.ts': `interface Long {\n  a: number;\n}\nexport const read = (): Long => {\n  throw new TypeError('no tenants');\n};`,
    });
    const problem = await problemOf(aLoader().loader.load('./s.ts', folder.path));
    expect(problem).toMatchObject({
      message: 'the script failed while it was loaded: no tenants',
      place: { file: `${folder.path}/read.ts`, line: 5, column: 9 },
      lineText: "  throw new TypeError('no tenants');",
    });
  });

  it('is refused also when what it throws is no error', async () => {
    const folder = aFolder({ 's.ts': `throw 'words';\nexport default () => [];` });
    const problem = await problemOf(aLoader().loader.load('./s.ts', folder.path));
    expect(problem.message).toBe('the script failed while it was loaded: words');
    expect(problem.place).toEqual({ file: `${folder.path}/s.ts`, line: 1, column: 1 });
  });

  it('is tried again the next time, though it is the same', async () => {
    const folder = aFolder({
      's.ts': `import { readFileSync } from 'node:fs';
        readFileSync(new URL('./tenants', import.meta.url));
        export default () => [];`,
    });
    const { loader } = aLoader();
    expect((await problemOf(loader.load('./s.ts', folder.path))).message).toContain('ENOENT');
    folder.write('tenants', 'red');
    expect((await loader.load('./s.ts', folder.path)).name).toBe('./s.ts');
  });

  it('is given up when its top-level await takes too long', async () => {
    const folder = aFolder({ 's.ts': 'await new Promise(() => {});\nexport default () => [];' });
    const problem = await problemOf(aLoader({ evaluationLimitMs: 50 }).loader.load('./s.ts', folder.path));
    expect(problem.message).toContain('did not finish within 0.05 s; look for an await at the top');
  });
});

describe('loading', () => {
  it('says what to do where there is no folder for temporary files', async () => {
    const folder = aFolder({ 's.ts': 'export default () => [];' });
    vi.stubEnv('TMPDIR', join(folder.path, 'none'));
    const problem = await problemOf(aLoader().loader.load('./s.ts', folder.path));
    vi.unstubAllEnvs();
    expect(problem.message).toContain('the script cannot be prepared: ENOENT');
    expect(problem.suggestion).toBe('set TMPDIR to a folder that can be written');
  });

  it('leaves nothing behind, and nobody else can read the file meanwhile', async () => {
    const temporary = aFolder();
    vi.stubEnv('TMPDIR', temporary.path);
    const folder = aFolder({
      's.ts': `import { readdirSync, statSync } from 'node:fs';
        const [name] = readdirSync(process.env.TMPDIR).filter((n) => n.startsWith('forehand-script-'));
        export const mode = statSync(process.env.TMPDIR + '/' + name).mode & 0o777;
        export default () => [mode];`,
    });
    const script = await aLoader().loader.load('./s.ts', folder.path);
    vi.unstubAllEnvs();
    expect(resultOf(script)).toEqual([0o700]);
    const left = readdirSync(temporary.path).filter((name) => name.startsWith('forehand-script-'));
    expect(left).toEqual([]);
  });

  it('shows in the heartbeat while the module runs, and not afterwards', async () => {
    const heartbeat = new Heartbeat();
    const seen: number[] = [];
    const folder = aFolder({
      's.ts': `import { look } from 'probe'; look(); await null; look(); export default () => [];`,
    });
    const look = (): void => void seen.push(Atomics.load(heartbeat.words, RUNNING));
    const { loader } = aLoader({ heartbeat, modules: { probe: { look } } });
    const { hash } = await loader.load('./s.ts', folder.path);
    const number = heartbeat.register('./s.ts', hash);
    expect(seen).toEqual([number, number]);
    look();
    expect(seen.at(-1)).toBe(0);
  });
});
