import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Problems } from '../../agent/problems.ts';
import { Proxies } from '../../agent/proxies.ts';
import { receiverAt } from '../../src/state/driver-from-url.ts';
import { MemoryDriver } from '../../src/state/memory.ts';
import { Tokens } from '../../src/state/tokens.ts';
import { aReport, Listener } from '../state/support.ts';
import { aCertificate } from '../support/a-certificate.ts';

const url = 'http://10.0.0.1:3001';
const open: { close(): unknown }[] = [];
let folder = '';
let tokenFile = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forehand-proxies-'));
  tokenFile = join(folder, 'token');
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((thing) => thing.close()));
  rmSync(folder, { recursive: true });
});

const receiving = async (...accepted: string[]) => {
  const tokens = new Tokens(accepted.map((token, i) => ({ name: `t${i}`, token })));
  const receiver = receiverAt('http://127.0.0.1:0', { tokens });
  const listener = new Listener();
  await receiver.subscribe(listener);
  open.push(receiver);
  return { listener, to: receiver.address ?? '', tokens };
};

const reporting = (options: ConstructorParameters<typeof Proxies>[0]) => {
  const told: string[] = [];
  const problems = new Problems(({ code }) => void told.push(code));
  const proxies = new Proxies(options, 0);
  open.push(proxies);
  return { proxies, problems, told };
};

describe('the ways to the proxies', () => {
  it('carry the token that is in the file now', async () => {
    writeFileSync(tokenFile, 'old\n');
    const { listener, to, tokens } = await receiving('old');
    const { proxies, problems, told } = reporting({ url, to, tokenFile });
    await proxies.publish(aReport({ seq: 1 }));
    tokens.take([{ name: 'new', token: 'newer' }]);
    writeFileSync(tokenFile, 'newer\nold\n');
    proxies.lookAtToken(60_000, problems);
    await proxies.publish(aReport({ seq: 2 }));
    expect(listener.reports.map(({ report }) => report.seq)).toEqual([1, 2]);
    expect([told, proxies.health().up]).toEqual([[], true]);
  });

  it('do not cut off a report when the token changes', async () => {
    writeFileSync(tokenFile, 'old\n');
    const { listener, to } = await receiving('old', 'newer');
    const { proxies, problems } = reporting({ url, to, tokenFile });
    const first = proxies.publish(aReport({ seq: 1 }));
    writeFileSync(tokenFile, 'newer\n');
    proxies.lookAtToken(60_000, problems);
    await first;
    await proxies.publish(aReport({ seq: 2 }));
    expect(listener.reports.map(({ report }) => report.seq)).toEqual([1, 2]);
  });

  it('keep the token while its file is gone, and say so once', async () => {
    writeFileSync(tokenFile, 'old\n');
    const { to } = await receiving('old');
    const { proxies, problems, told } = reporting({ url, to, tokenFile });
    rmSync(tokenFile);
    for (const now of [60_000, 120_000]) proxies.lookAtToken(now, problems);
    await proxies.publish(aReport({}));
    expect(told).toEqual(['token_file']);
  });

  it('leave a driver open that was handed in', async () => {
    const driver = new MemoryDriver();
    const { proxies } = reporting({ url, driver });
    await proxies.close();
    expect(driver.health().up).toBe(true);
  });

  it('show the certificate of the agent to proxies that they believe by the authority given', async () => {
    const [proxy, agent] = [aCertificate({ names: ['localhost'] }), aCertificate({ names: ['agent'] })];
    const shown: string[] = [];
    const options = {
      cert: proxy.cert,
      key: proxy.key,
      ca: agent.cert,
      requestCert: true,
      rejectUnauthorized: true,
    };
    const server = https.createServer(options, (request, response) => {
      if (request.socket instanceof TLSSocket)
        shown.push(String(request.socket.getPeerCertificate().subject?.CN));
      response.writeHead(204).end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    open.push({ close: () => server.close().closeAllConnections() });
    const to = `https://localhost:${(server.address() as AddressInfo).port}`;
    const { proxies } = reporting({ url, to, tls: { ca: proxy.cert, cert: agent.cert, key: agent.key } });
    await proxies.publish(aReport({}));
    expect(shown[0]).toBe('agent');
    const stranger = reporting({ url, to, tls: { cert: agent.cert, key: agent.key } });
    await expect(stranger.proxies.publish(aReport({}))).rejects.toThrow(/certificate/);
  });

  it('refuse two tokens, and one that cannot be sent', () => {
    writeFileSync(tokenFile, 'two words\n');
    const to = 'http://127.0.0.1:1';
    expect(() => reporting({ url, to, token: 'a', tokenFile })).toThrow('either `token` or `tokenFile`');
    expect(() => reporting({ url, to, tokenFile })).toThrow('visible ASCII');
  });
});
