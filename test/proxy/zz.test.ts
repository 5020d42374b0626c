import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { tlsConnector } from '../../src/transport/tls-connect.ts';
import { anEngine } from '../support/an-engine.ts';
import { connectRaw } from '../support/raw-client.ts';
it('reuse', async () => {
  const child = spawn(process.execPath, ['/tmp/tlsw/srv.mjs'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const connect = tlsConnector({ verify: false });
  const { port: at, events } = await anEngine({ servers: { a: 'https://127.0.0.1:21150' }, parts: { connect: (_s, a, o) => connect(a, o) } });
  const client = await connectRaw(at);
  let got = 0;
  client.socket.on('data', (d) => { got += d.toString().split('\r\n\r\nok').length - 1; });
  for (let i = 1; i <= 2000; i++) { client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n'); while (got < i) await new Promise((r) => setImmediate(r)); }
  console.log('opened', events.filter((e) => e.kind === 'opened').length, events.filter((e) => e.kind === 'closed').slice(0, 3));
  child.kill();
  expect(got).toBe(2000);
});
