import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Forehand } from '../../src/control/forehand.ts';
import { type Log, silentLog } from '../../src/control/logs/log.ts';
import { Heartbeat } from '../../src/script/heartbeat.ts';
import { aHash, basic, bearer } from './a-guarded-admin.ts';

const TOKEN = 'the-token-of-the-operators';
const OF_AGENTS = 'the-token-of-the-agents';
const PASSWORD = 'the-password-of-ops';
let HASH = '';
beforeAll(async () => {
  HASH = await aHash(PASSWORD);
});

const textOf = (): string => `listen: "127.0.0.1:0"
admin: "127.0.0.1:0"
adminAuth:
  basic: { users: [{ name: ops, hash: "${HASH}" }] }
  bearer: [{ name: tools, token: ${TOKEN}, scope: write }]
agents: { listen: "http://127.0.0.1:0", token: ${OF_AGENTS} }
pools: { web: { servers: ["http://127.0.0.1:1"], credentials: { user: proxy, password: ${PASSWORD}-2 } } }
`;

/** Wrong credentials come from another address each time, so that they lock nobody out. */
let asked = 1;
const ask = (port: number, path: string, headers: object, method = 'GET', body?: string): Promise<string> =>
  new Promise((resolve, reject) => {
    asked += 1;
    const fields = { 'content-type': 'application/json', ...headers };
    const sent = request(
      { host: '127.0.0.1', localAddress: `127.0.0.${asked}`, port, path, method, headers: fields },
      (answer) => {
        let text = `${answer.statusCode} ${JSON.stringify(answer.headers)} `;
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        answer.on('end', () => resolve(text)).on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });

describe('what stands in no output', () => {
  it('are tokens, passwords and hashes: not in the API, metrics, events, the log or a dump', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'forehand-secrets-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'forehand.yaml');
    await writeFile(file, textOf());
    const logged: string[] = [];
    const say = (message: string, fields?: object): void =>
      void logged.push(message, JSON.stringify(fields ?? {}));
    const log: Log = { ...silentLog, info: say, warn: say, error: say };
    const proxy = await Forehand.start({
      source: { file },
      env: {},
      log,
      version: '0.0.0',
      page: () => undefined,
      watch: false,
      heartbeat: new Heartbeat(),
    });
    onTestFinished(() => proxy.close());
    const port = Number(proxy.adminAddress?.split(':').at(-1));

    const said: string[] = [];
    const right = [bearer(TOKEN), basic('ops', PASSWORD)];
    const wrong = [bearer(`${TOKEN}x`), basic('ops', `${PASSWORD}x`), basic(TOKEN, PASSWORD)];
    for (const headers of [...right, ...wrong, {}])
      for (const path of [
        '/api/v1/config',
        '/api/v1/config/status',
        '/api/v1/events?n=200',
        '/api/v1/servers',
        '/api/v1/nodes',
        '/api/v1/session',
        '/api/v1/openapi.json',
        '/api/v1/no-such-path',
        '/metrics',
      ])
        said.push(await ask(port, path, headers));
    said.push(await ask(port, '/api/v1/session', {}, 'POST', JSON.stringify({ token: TOKEN })));
    said.push(await ask(port, '/api/v1/session', {}, 'POST', JSON.stringify({ token: `${TOKEN}y` })));
    // A mistake beside each secret: its frame would show the line.
    await writeFile(
      file,
      textOf()
        .replace('scope: write', 'scop: write')
        .replace('realm', 'relm')
        .replace('user: proxy', 'usr: proxy'),
    );
    said.push(await ask(port, '/api/v1/reload', bearer(TOKEN), 'POST', '{}'));
    said.push(await ask(port, '/api/v1/config/status', bearer(TOKEN)));
    said.push(await ask(port, '/api/v1/events?n=1000', bearer(TOKEN)));
    said.push(JSON.stringify(await proxy.dump()));

    const everything = [...said, ...logged].join('\n');
    expect(everything).toContain('unknown key');
    expect(everything).toContain('admin_refused');
    expect(said[0]).toContain('***');
    for (const secret of [TOKEN, OF_AGENTS, PASSWORD, HASH, HASH.split('$').at(-1) ?? ''])
      expect(everything).not.toContain(secret);
  });
});
