// Builds dist/: the compiler's output, the page's files, the JSON Schema, and a command that can be executed.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
rmSync('dist', { recursive: true, force: true });
execFileSync(
  process.execPath,
  [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'],
  { stdio: 'inherit' },
);
if (existsSync('dashboard/assets')) cpSync('dashboard/assets', 'dist/dashboard/assets', { recursive: true });
const { configSchema } = await import('../dist/src/config/schema.js');
writeFileSync('schema.json', `${JSON.stringify(configSchema(), null, 2)}\n`);
chmodSync('dist/src/cli/main.js', 0o755);
