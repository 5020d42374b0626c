// Builds dist/: the compiler's output, the page's files, the JSON Schema, and a command that can be executed.
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPage } from './build-page.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
rmSync('dist', { recursive: true, force: true });
execFileSync(
  process.execPath,
  [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'],
  { stdio: 'inherit' },
);
await buildPage(join(root, 'dist', 'dashboard', 'assets'));
const { configSchema } = await import('../dist/src/config/schema/schema.js');
writeFileSync('schema.json', `${JSON.stringify(configSchema(), null, 2)}\n`);
chmodSync('dist/src/cli/main.js', 0o755);
