// What the dashboard costs the browser: node tools/page-cost.mjs [SERVERS] [SECONDS] [VIEW], after a build.
// Serves the built page with a feed of made-up servers once a second, and reads the processor time of Chromium.
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { chromium } from 'playwright-core';

const [servers = '200', seconds = '20', view = 'servers'] = process.argv.slice(2);
const assets = process.env.PAGE ?? join(import.meta.dirname, '..', 'dist', 'dashboard', 'assets');
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const GiB = 2 ** 30;

const serverOf = (i, tick) => {
  const stats = {
    load1: 1 + Math.random() * 3,
    loadHighWater: 8,
    cpuIdle: Math.random(),
    cpus: 8,
    memoryTotal: 32 * GiB,
    memoryAvailable: Math.random() * 32 * GiB,
    arriba: 900 + Math.round(Math.random() * 200),
    arribaNominal: 1100,
    pressure: { cpu: Math.random() / 10, memory: 0, io: Math.random() / 20 },
  };
  const known = { pool: `pool-${i % 4}`, state: i % 40 === 7 ? 'drain' : 'ready', tags: [], self: false };
  const own = { weight: 1, hand: null, told: null, health: null, failures: 0, refused: 0, connections: null };
  return {
    ...stats,
    ...known,
    ...own,
    stats,
    id: `server-${i}`,
    url: `http://10.0.${i >> 8}.${i & 255}:8080`,
    node: `node-${i}`,
    source: `http 10.0.${i >> 8}.${i & 255}`,
    heardAt: Date.now(),
    ageMs: Math.round(Math.random() * 900),
    inFlight: Math.round(Math.random() * 20),
    reportedInFlight: Math.round(Math.random() * 40),
    latencyMs: Math.random() * 50,
    responseTimeMs: Math.random() * 80,
    forwarded: tick * 50 + Math.round(Math.random() * 20),
    share: Math.random() / 20,
    reason: i % 40 === 7 ? 'new disk' : null,
  };
};

const pool = (i) => ({ name: `pool-${i}`, state: 'ready', servers: 50, ready: 48, inFlight: 500 });
const second = () => ({
  requests: 9000,
  byClass: { '2xx': 8990, '5xx': 10 },
  bytesIn: 1e6,
  bytesOut: 1e8,
  latency: Array.from({ length: 24 }, () => Math.round(Math.random() * 800)),
});

const snapshot = (tick) => ({
  at: Date.now(),
  version: 'cost',
  startedAt: Date.now() - 1e6,
  servers: Array.from({ length: Number(servers) }, (_, i) => serverOf(i, tick)),
  pools: [0, 1, 2, 3].map((i) => ({ ...pool(i), requestsPerSecond: 2500 * Math.random(), p99Ms: 48.2 })),
  traffic: {
    at: Date.now(),
    seconds: Array.from({ length: 60 }, second),
    latencyBoundsMs: Array.from({ length: 23 }, (_, i) => 2 ** (i - 2)),
    inFlight: 2000,
    tunnels: 3,
    openConnections: 5000,
  },
  chains: [],
  shadows: [],
  nodes: [],
  senders: [],
  refusals: [],
  decisions: [],
  events: [],
  config: {
    file: null,
    loadedAt: 0,
    lastResult: 'ok',
    lastError: null,
    warnings: [],
    reloads: { ok: 0, failed: 0 },
  },
});

const feed = (res) => {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  let tick = 0;
  const send = () => res.write(`id: ${++tick}\nevent: snapshot\ndata: ${JSON.stringify(snapshot(tick))}\n\n`);
  send();
  const timer = setInterval(send, 1000);
  res.on('close', () => clearInterval(timer));
};

const server = createServer((req, res) => {
  if (req.url === '/api/v1/events') return feed(res);
  try {
    const name = req.url === '/' ? 'index.html' : req.url.slice(1);
    if (!readdirSync(assets).includes(name)) throw new Error('none');
    res.writeHead(200, { 'content-type': TYPES[extname(name)] }).end(readFileSync(join(assets, name)));
  } catch {
    res.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

/** Processor time of a process, seconds. */
const cpuOf = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const rootCdp = await browser.newBrowserCDPSession();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  await page.goto(`http://127.0.0.1:${server.address().port}/#/${view}`);
  await page.waitForTimeout(10_000);
  const look = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    const { processInfo } = await rootCdp.send('SystemInfo.getProcessInfo');
    const named = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
    const cpu = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => cpuOf(id));
    return { ...named, renderer: Math.max(...cpu), at: performance.now() / 1000 };
  };
  const before = await look();
  await page.waitForTimeout(Number(seconds) * 1000);
  const after = await look();
  const part = (name) => `${((100 * (after[name] - before[name])) / (after.at - before.at)).toFixed(2)} %`;
  console.log(`${servers} servers once a second, view ${view}, ${seconds} s, of one core:`);
  console.log(
    `  page's main thread ${part('TaskDuration')}: script ${part('ScriptDuration')}, layout`,
    part('LayoutDuration'),
    `styles ${part('RecalcStyleDuration')}`,
  );
  console.log(`  whole renderer process ${part('renderer')}`);
} finally {
  await browser.close();
  server.close();
  server.closeAllConnections();
}
