// A host whose paths are answered by a pool, by files and by a function of one's own. Edit visits.ts while it runs.
import { fileURLToPath } from 'node:url';
import { forehand, startServer } from '../start.mjs';

const { A_PORT = '3001', B_PORT = '3002' } = process.env;
await startServer('a', Number(A_PORT));
await startServer('b', Number(B_PORT));
forehand('run', '--config', fileURLToPath(new URL('forehand.yaml', import.meta.url)));
