// Two servers, an agent that answers for each, and HAProxy in front.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { forehand, startServer } from '../start.mjs';

const {
  PROXY_PORT = '8080',
  A_PORT = '3001',
  B_PORT = '3002',
  A_CHECK_PORT = '9777',
  B_CHECK_PORT = '9778',
} = process.env;

for (const [name, port, check] of [
  ['a', A_PORT, A_CHECK_PORT],
  ['b', B_PORT, B_CHECK_PORT],
]) {
  await startServer(name, Number(port));
  forehand(
    'agent',
    '--url',
    `http://127.0.0.1:${port}`,
    '--node',
    name,
    '--agent-check',
    `127.0.0.1:${check}`,
  );
}

const haproxy = spawn('haproxy', ['-db', '-f', fileURLToPath(new URL('haproxy.cfg', import.meta.url))], {
  stdio: 'inherit',
  env: {
    ...process.env,
    PATH: `${process.env.PATH}:/usr/sbin`,
    PROXY_PORT,
    A_PORT,
    B_PORT,
    A_CHECK_PORT,
    B_CHECK_PORT,
  },
});
process.once('exit', () => haproxy.kill());
haproxy.once('error', ({ message }) => {
  console.error(`haproxy does not start: ${message}`);
  process.exit(1);
});
