import { Agent, createServer } from 'node:http';
import httpProxy from 'http-proxy';

/** http-proxy as people use it who care for speed: `node http-proxy-server.js PORT SERVER-PORT...`. */
const [port, ...serverPorts] = process.argv.slice(2).map(Number);
const targets = serverPorts.map((each) => `http://127.0.0.1:${each}`);
const proxy = httpProxy.createProxyServer({ agent: new Agent({ keepAlive: true }), xfwd: true });
let turn = 0;

const server = createServer((request, response) => {
  const target = targets[turn++ % targets.length];
  proxy.web(request, response, target === undefined ? {} : { target }, () => {
    response.writeHead(502).end();
  });
});

server.listen(port, '127.0.0.1');
