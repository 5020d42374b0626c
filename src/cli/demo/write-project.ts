import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { functionText, testText } from '../new-function.ts';
import { versionText } from '../version.ts';

const CONFIG = `# yaml-language-server: $schema=./node_modules/forehand/schema.json
listen: ["127.0.0.1:8080"]
admin: "127.0.0.1:9090"
agents: { listen: "http://127.0.0.1:9091", token: "\${FOREHAND_TOKEN:-}" }
pools:
  web:
    # Servers that are always there. Agents may announce more, within accept.
    servers:
      - { id: a, url: "http://127.0.0.1:3001", tags: [blue] }
      - { id: b, url: "http://127.0.0.1:3002", tags: [red] }
    accept: ["127.0.0.0/8:3000-3999"]
    # The default chain with a function of your own in it.
    chain:
      - byAge: 5s
      - notEjected
      - ./candidacy/by-tenant.ts
      - addPrediction
      - sample: { least: 8 }
      - byMarginalCost
`;

const unit = (verb: string, description: string, more: readonly string[]): string => `[Unit]
Description=${description}
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=/usr/bin/env npx forehand ${verb}
WorkingDirectory=/etc/forehand
Restart=on-failure
RestartPreventExitStatus=1
DynamicUser=yes
ProtectSystem=strict
LimitNOFILE=65536
${more.join('\n')}

[Install]
WantedBy=multi-user.target
`;

const packageText = (): string =>
  `${JSON.stringify(
    {
      name: 'my-forehand',
      private: true,
      type: 'module',
      scripts: {
        start: 'forehand run -c forehand.yaml',
        check: 'forehand check forehand.yaml',
        test: 'esbuild candidacy/*.test.ts --bundle --platform=node --packages=external --format=esm --outdir=.test --out-extension:.js=.mjs && node --test .test/',
      },
      dependencies: { forehand: `^${versionText()}` },
      devDependencies: { esbuild: '^0.28.2' },
    },
    null,
    2,
  )}\n`;

const FILES: Readonly<Record<string, () => string>> = {
  'forehand.yaml': () => CONFIG,
  'candidacy/by-tenant.ts': () => functionText('by-tenant'),
  'candidacy/by-tenant.test.ts': () => testText('by-tenant'),
  'package.json': packageText,
  '.gitignore': () => 'node_modules/\n.test/\n',
  'systemd/forehand.service': () =>
    unit('run -c /etc/forehand/forehand.yaml', 'forehand load balancer', [
      'ExecReload=/bin/kill -HUP $MAINPID',
      'AmbientCapabilities=CAP_NET_BIND_SERVICE',
      'EnvironmentFile=-/etc/forehand/environment',
    ]),
  'systemd/forehand-agent.service': () =>
    unit(
      'agent --to http://proxy.example.com:9091 --url http://%H:3000 --pool web --token-file /etc/forehand/token',
      'forehand agent',
      [],
    ),
};

/** `forehand demo --write DIR`: a project to start from. Refuses a folder that has anything in it. */
export const writeProject = async (directory: string): Promise<void> => {
  await mkdir(directory, { recursive: true });
  if ((await readdir(directory)).length > 0)
    throw new Error(`--write: ${directory} is not empty; nothing was written`);
  for (const [name, text] of Object.entries(FILES)) {
    const file = join(directory, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text());
  }
  process.stdout.write(
    `wrote ${Object.keys(FILES).length} files to ${directory}\nnext: cd ${directory} && npm install && npm test && npm start\n`,
  );
};
