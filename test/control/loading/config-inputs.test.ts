import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/config/planning/plan.ts';
import {
  type ConfigInputs,
  handedInputs,
  RecordedInputs,
} from '../../../src/control/loading/config-inputs.ts';
import { prepare } from '../../../src/control/loading/loading.ts';
import { scriptModules } from '../../../src/control/script-modules.ts';
import { Heartbeat } from '../../../src/script/heartbeat.ts';
import { ScriptLoader } from '../../../src/script/load.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const planFrom = async (inputs: ConfigInputs): Promise<Plan> => {
  const loader = new ScriptLoader({
    modules: scriptModules,
    clock: () => 0,
    heartbeat: new Heartbeat(),
    onEvent: () => undefined,
    bundle: inputs.bundle,
  });
  const source = { file: join(folder, 'forehand.yaml') };
  try {
    return await prepare(source, { env: {}, inputs, loader, scriptFiles: new Set() });
  } finally {
    await loader.close();
  }
};

describe('a configuration that is handed over', () => {
  it('is the very same with its includes, secrets and scripts, when its files are no more', async () => {
    await mkdir(join(folder, 'parts'));
    const files: Readonly<Record<string, string>> = {
      'forehand.yaml': `include: "parts/*.yaml"
agents: { listen: "http://127.0.0.1:0", tokenFile: token }
`,
      'parts/pools.yaml': 'pools: { web: { servers: ["http://127.0.0.1:1"], chain: [./mine.ts] } }\n',
      'parts/mine.ts':
        "import { most } from './most.ts';\nexport default (servers) => servers.slice(0, most);\n",
      'parts/most.ts': 'export const most: number = 1;\n',
      token: 'a-secret-of-some-length\n',
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const recorded = new RecordedInputs();
    const before = await planFrom(recorded);
    const handed = structuredClone(recorded.handed({ file: join(folder, 'forehand.yaml') }));
    await rm(folder, { recursive: true });
    const after = await planFrom(handedInputs(handed));
    expect(after.config).toEqual(before.config);
    expect(after.config.agents?.tokens[0]?.secrets).toEqual(['a-secret-of-some-length']);
    expect(after.files.toSorted()).toEqual(before.files.toSorted());
    expect(after.chains.map(({ links }) => links.map(({ name }) => name))).toEqual([['./mine.ts']]);
  });

  it('has nothing that was not read', async () => {
    const inputs = handedInputs(new RecordedInputs().handed({ file: 'forehand.yaml' }));
    await expect(inputs.readFile('/etc/hosts')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(inputs.listDirectory('/etc')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
