// Sends GETs to several proxies in turn, at a steady rate whatever becomes of them. On TERM it stops, waits for what is
// under way and prints one JSON object: how many were sent, what failed, and who answered, in the order of the answers.
import { Agent, get } from 'node:http';

const { urls, rate } = JSON.parse(process.argv[2]);
const agent = new Agent({ keepAlive: true, maxSockets: 512, scheduling: 'fifo' });
const servers = [];
const failures = [];
let sent = 0;
let open = 0;
let stopped = false;

const finish = () => {
  if (!stopped || open > 0) return;
  process.stdout.write(
    `${JSON.stringify({ sent, failures: failures.slice(0, 20), failed: failures.length, servers })}\n`,
    () => process.exit(0),
  );
};

const ended = (failure) => {
  open -= 1;
  if (failure) failures.push(failure);
  finish();
};

const ask = (url) => {
  sent += 1;
  open += 1;
  let over = false;
  const once = (failure) => {
    if (!over) ended(failure);
    over = true;
  };
  const request = get(url, { agent, timeout: 10_000 }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    response.on('end', () => {
      if (response.statusCode === 200) servers.push(text);
      once(response.statusCode === 200 ? undefined : `${response.statusCode} ${text.slice(0, 80)}`);
    });
    response.on('error', (error) => once(error.message));
  });
  request.on('timeout', () => request.destroy(new Error('no answer within 10 s')));
  request.on('error', (error) => once(error.message));
};

const startedAt = performance.now();
const timer = setInterval(() => {
  const due = Math.floor(((performance.now() - startedAt) / 1000) * rate);
  while (sent < due) ask(urls[sent % urls.length]);
}, 5);

process.on('SIGTERM', () => {
  clearInterval(timer);
  stopped = true;
  finish();
});
process.stdout.write('ready\n');
