// Two servers, one for each tenant, and a candidacy function that tells them apart. Edit by-tenant.ts while it runs.
import { fileURLToPath } from 'node:url';
import { forehand, startServer } from '../start.mjs';

const { A_PORT = '3001', B_PORT = '3002' } = process.env;
await startServer('blue', Number(A_PORT));
await startServer('red', Number(B_PORT));
forehand('run', '--config', fileURLToPath(new URL('forehand.yaml', import.meta.url)));
