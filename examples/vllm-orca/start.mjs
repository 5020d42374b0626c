// Two stand-ins for inference servers, without any agent, and the proxy in front of them. Others use `b`, too: its cache
// is nearly full, and requests wait there.
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { forehand } from '../start.mjs';

const { A_PORT = '3001', B_PORT = '3002' } = process.env;

/** So many requests are computed at once, and each takes so long; more wait in a queue. */
const BATCH = 4;
const TAKES_MS = 20;
/** Part of the cache that one request takes. */
const SHARE = 0.02;

/** A server with a queue that says how it is in the field `endpoint-load-metrics`, as vLLM does when it is asked. */
const startInference = (name, port, elsewhere) => {
  const waiting = [];
  let running = 0;
  const next = () => {
    while (running < BATCH && waiting.length > 0) compute(waiting.shift());
  };
  const compute = ({ req, res }) => {
    running += 1;
    setTimeout(() => {
      const cache = elsewhere.cache + SHARE * running;
      const queue = elsewhere.waiting + waiting.length;
      res.setHeader(
        'endpoint-load-metrics',
        `TEXT named_metrics.kv_cache_usage_perc=${cache.toFixed(3)}, named_metrics.num_requests_waiting=${queue}.0`,
      );
      res.end(`${name} answers ${req.method} ${req.url}\n`);
      running -= 1;
      next();
    }, TAKES_MS);
  };
  const server = createServer((req, res) => {
    waiting.push({ req, res });
    next();
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
};

await startInference('a', Number(A_PORT), { cache: 0.2, waiting: 0 });
await startInference('b', Number(B_PORT), { cache: 0.93, waiting: 6 });
forehand('run', '--config', fileURLToPath(new URL('forehand.yaml', import.meta.url)));
