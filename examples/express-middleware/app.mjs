// An Express application that answers some paths itself and leaves the rest to forehand.
import express from 'express';
import { createMiddleware } from 'forehand';
import { startServer } from '../start.mjs';

const { PORT = '8080', A_PORT = '3001', B_PORT = '3002' } = process.env;
await startServer('a', Number(A_PORT));
await startServer('b', Number(B_PORT));

const balancer = await createMiddleware({
  pools: { api: { servers: [`http://127.0.0.1:${A_PORT}`, `http://127.0.0.1:${B_PORT}`] } },
  routes: [{ path: '/api/', pool: 'api' }],
});

const app = express();
app.get('/', (_req, res) => res.send('answered by the application\n'));
app.use(balancer.web);
const server = app.listen(Number(PORT), '127.0.0.1', () =>
  console.log(`try: curl http://127.0.0.1:${PORT}/api/`),
);
server.on('upgrade', balancer.upgrade);

const stop = async () => {
  server.close();
  await balancer.close();
  process.exit(0);
};
process.once('SIGTERM', stop).once('SIGINT', stop);
