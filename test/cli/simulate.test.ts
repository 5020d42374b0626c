import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { simulateScenario } from '../../src/cli/simulate.ts';
import { readDocument } from '../../src/config/read-document.ts';
import { scenarioFault, scenarioSchema } from '../../src/simulator/scenario.ts';

const EXAMPLES = new URL('../../examples/scenarios/', import.meta.url);
const SCENARIO = 'servers: { count: 5 }\nduration: 1s\nwarmup: 500ms\n';

let folder: string;
let [out, err] = ['', ''];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
  [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += text;
    return true;
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  await rm(folder, { recursive: true });
});

const write = async (name: string, text: string): Promise<string> => {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
};

type Flags = Parameters<typeof simulateScenario>[1];

const simulate = async (text: string, flags: Partial<Flags> = {}): Promise<void> =>
  simulateScenario(await write('mine.yaml', text), { seed: '1', ...flags }, {});

describe('forehand simulate', () => {
  it('prints one line of JSON for one chain, named after the file', async () => {
    await simulate(SCENARIO, { json: true, seed: '7', load: '0.5' });
    const result = JSON.parse(out);
    expect(result).toMatchObject({ scenario: 'mine', chain: 'default', seed: 7, errors: 0 });
    // 5 servers of 4 cores, 10 ms a request, half of that for half a second.
    expect(result.requests / 500).toBeCloseTo(1, 0);
    expect(out.endsWith('}\n')).toBe(true);
  });

  it('prints a table for several, in the order of the flags', async () => {
    await simulate(SCENARIO, { policy: ['full,random', 'leastConnections'] });
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^mine {3}seed 1 {3}\d+ requests$/);
    expect(lines.slice(2).map((line) => line.split(' ')[0])).toEqual(['full', 'random', 'leastConnections']);
  });

  it('runs the chain of a file with the functions of its user', async () => {
    const script =
      "import { orderBy } from 'forehand';\nexport default orderBy(({ id }) => (id === 's3' ? 0 : 1));\n";
    await write('three.ts', script);
    const chain = await write('always-three.yaml', 'chain: [byAge: 5s, ./three.ts]\nwhenEmpty: refuse\n');
    await simulate(SCENARIO, { chain: [chain], load: '0.1', json: true });
    expect(JSON.parse(out)).toMatchObject({ chain: 'always-three', maxShare: 1 });
  });

  it('says which link of a user failed, and how often', async () => {
    await write('broken.ts', "export default () => { throw new Error('oh no'); };\n");
    const chain = await write('broken.yaml', 'chain: [./broken.ts]\n');
    await simulate(SCENARIO, { chain: [chain] });
    expect(err).toMatch(/broken\.ts failed \d+ times, first: oh no/);
  });

  it.each([
    [
      'servers: { count: 5, speed: 1 }',
      /mine\.yaml:1:\d+: error: unknown key `speed`\n.*\n.*did you mean `speeds`/,
    ],
    ['servers: { count: 5 }\nduration: 9', /mine\.yaml:2:11: error: expected a duration with a unit/],
    [
      'servers: { count: 5 }\nfailures: [{ kind: crush, servers: 1 }]',
      /2:20: error: expected `errors`, `crash`, `deploy` or `lies`, got "crush"\n.*\n.*\n.*did you mean `crash`\?/,
    ],
    [
      'servers: { count: 5 }\nfailures: [{ servers: 1 }]',
      /2:\d+: error: `kind` is missing: `errors`, `crash`, `deploy` or `lies`/,
    ],
    [
      'servers: { count: 5 }\nfailures: [{ kind: deploy, servers: 1, slowr: 2 }]',
      /2:\d+: error: unknown key `slowr`\n.*\n.*\n.*did you mean `slower`\?\n.*known: kind servers from every down slower cold\n/,
    ],
    [
      'servers: { count: 5 }\nfailures: [{ kind: crash, servers: 6 }]',
      /2:\d+: error: expected at most 5 servers/,
    ],
    ['servers: { count: 5 }\nduration: 5s', /mine\.yaml.*error: expected less than `duration`/],
    ['servers: { count: 4000 }\nduration: 24h', /error: expected at most 100000000 requests/],
    ['', /mine\.yaml:1:1: error: /],
  ])('says where %j is wrong', async (text, message) => {
    await simulate(text);
    expect(err).toMatch(message);
    expect(out).toBe('');
    expect(process.exitCode).toBe(1);
  });

  it.each<[Partial<Flags>, RegExp]>([
    [{ policy: ['leastConnection'] }, /unknown policy "leastConnection"; did you mean `leastConnections`/],
    [{ seed: '-1' }, /--seed: expected a whole number/],
    [{ load: 'high' }, /--load: expected a part of the capacity/],
    [{ chain: ['/nowhere.yaml'] }, /\/nowhere\.yaml cannot be read/],
  ])('refuses %j', async (flags, message) => {
    await expect(simulate(SCENARIO, flags)).rejects.toThrow(message);
  });

  it('understands every scenario among the examples', async () => {
    const files = (await readdir(EXAMPLES)).filter((name) => name.endsWith('.yaml'));
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) {
      const text = await readFile(new URL(file, EXAMPLES), 'utf8');
      const { value } = readDocument({ file, text }, scenarioSchema);
      expect([file, value.name, scenarioFault(value)]).toEqual([file, file.replace('.yaml', ''), undefined]);
    }
  });
});
