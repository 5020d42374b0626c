// The proxy, and the application twice.
import { fileURLToPath } from 'node:url';
import { forehand } from '../start.mjs';
import { startApp } from './app.mjs';

const { AGENTS_PORT = '9091', A_PORT = '3001', B_PORT = '3002' } = process.env;
forehand('run', '--config', fileURLToPath(new URL('forehand.yaml', import.meta.url)));
const proxy = `http://127.0.0.1:${AGENTS_PORT}`;
await startApp('a', Number(A_PORT), proxy);
await startApp('b', Number(B_PORT), proxy);
