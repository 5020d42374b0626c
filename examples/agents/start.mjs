// Two servers, each with the agent that announces it and reports on its machine; and the proxy.
import { fileURLToPath } from 'node:url';
import { forehand, startServer } from '../start.mjs';

const {
  AGENTS_PORT = '9091',
  A_PORT = '3001',
  B_PORT = '3002',
  FOREHAND_TOKEN = 'example-token',
} = process.env;
process.env.FOREHAND_TOKEN = FOREHAND_TOKEN;
forehand('run', '--config', fileURLToPath(new URL('forehand.yaml', import.meta.url)));
for (const [name, port] of [
  ['a', A_PORT],
  ['b', B_PORT],
]) {
  await startServer(name, Number(port));
  forehand(
    'agent',
    '--to',
    `http://127.0.0.1:${AGENTS_PORT}`,
    '--url',
    `http://127.0.0.1:${port}`,
    '--pool',
    'web',
    '--node',
    name,
  );
}
