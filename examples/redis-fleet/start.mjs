// Redis, two proxies and two servers, each with the agent that announces it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { forehand, startServer } from '../start.mjs';

const {
  REDIS_PORT = '6379',
  SECOND_PROXY_PORT = '8180',
  SECOND_ADMIN_PORT = '9190',
  A_PORT = '3001',
  B_PORT = '3002',
  FOREHAND_TOKEN = 'example-token',
} = process.env;
process.env.FOREHAND_TOKEN = FOREHAND_TOKEN;

const redis = spawn(
  'redis-server',
  ['--bind', '127.0.0.1', '--port', REDIS_PORT, '--save', '', '--appendonly', 'no', '--dir', tmpdir()],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
process.once('exit', () => redis.kill());
redis.once('error', ({ message }) => {
  console.error(`redis-server does not start: ${message}`);
  process.exit(1);
});
redis.stdout.setEncoding('utf8');
for (let said = ''; !said.includes('Ready to accept'); ) said += (await once(redis.stdout, 'data'))[0];
redis.stdout.resume();

const config = fileURLToPath(new URL('forehand.yaml', import.meta.url));
forehand('run', '--config', config);
Object.assign(process.env, { PROXY_PORT: SECOND_PROXY_PORT, ADMIN_PORT: SECOND_ADMIN_PORT });
forehand('run', '--config', config);

for (const [name, port] of [
  ['a', A_PORT],
  ['b', B_PORT],
]) {
  await startServer(name, Number(port));
  const to = `redis://127.0.0.1:${REDIS_PORT}`;
  forehand('agent', '--to', to, '--url', `http://127.0.0.1:${port}`, '--pool', 'web', '--node', name);
}
