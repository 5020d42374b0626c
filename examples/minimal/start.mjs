// Two servers without agents, and the proxy in front of them.
import { fileURLToPath } from 'node:url';
import { forehand, startServer } from '../start.mjs';

const { A_PORT = '3001', B_PORT = '3002' } = process.env;
await startServer('a', Number(A_PORT));
await startServer('b', Number(B_PORT));
forehand('run', '--config', fileURLToPath(new URL('forehand.yaml', import.meta.url)));
