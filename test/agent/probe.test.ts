import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Listening } from '../../agent/listening.ts';
import { openProbe } from '../../agent/probe.ts';
import { parseLoadReport } from '../../src/core/orca.ts';
import type { Report } from '../../src/core/report.ts';

const REPORT: Report = { v: 1, node: 'app', boot: 'b', seq: 7, stats: { load1: 1 }, servers: [] };
const open: Listening[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});

const probing = async (report: () => Report = () => REPORT): Promise<string> => {
  const probe = await openProbe({ host: '127.0.0.1', port: 0 }, report);
  open.push(probe);
  return `http://${probe.address}`;
};

describe('the probe listener', () => {
  it('answers the report as of now', async () => {
    let seq = 0;
    const url = await probing(() => ({ ...REPORT, seq: ++seq }));
    const answer = await fetch(`${url}/v1/report`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await answer.json()).toEqual({ ...REPORT, seq: 1 });
    expect(await (await fetch(`${url}/v1/report?x=y`)).json()).toMatchObject({ seq: 2 });
  });

  it('answers the probes of proxies with the load alone, in a field', async () => {
    const stats = { inFlight: 3, serviceTime: 12, arriba: 900 };
    const url = await probing(() => ({ ...REPORT, stats }));
    const answer = await fetch(`${url}/.well-known/forehand/load`);
    const load = answer.headers.get('endpoint-load-metrics') ?? '';
    expect([answer.status, parseLoadReport('text', load)]).toEqual([204, expect.objectContaining(stats)]);
  });

  it('says that it lives', async () => {
    const answer = await fetch(`${await probing()}/livez`);
    expect([answer.status, await answer.text()]).toEqual([200, 'ok\n']);
  });

  it.each([
    ['GET', '/', 404, 'not_found'],
    ['GET', '/v1/report/', 404, 'not_found'],
    ['GET', '/v1/reports', 404, 'not_found'],
    ['POST', '/v1/report', 405, 'method_not_allowed'],
    ['DELETE', '/livez', 405, 'method_not_allowed'],
  ])('answers %s %s with %d %s', async (method, path, status, code) => {
    const answer = await fetch((await probing()) + path, { method });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ error: { code } });
  });

  it('goes on when the application cannot tell its numbers', async () => {
    let fails = true;
    const url = await probing(() => {
      if (fails) throw new Error('secret');
      return REPORT;
    });
    const answer = await fetch(`${url}/v1/report`);
    expect([answer.status, await answer.text()]).toEqual([503, expect.not.stringContaining('secret')]);
    expect((await fetch(`${url}/.well-known/forehand/load`)).status).toBe(503);
    fails = false;
    expect((await fetch(`${url}/v1/report`)).status).toBe(200);
  });

  it('takes no head of more than 4 KiB', async () => {
    const answer = await fetch(`${await probing()}/livez`, { headers: { long: 'x'.repeat(5000) } });
    expect(answer.status).toBe(431);
  });

  it('ends with connections still open', async () => {
    const url = await probing();
    const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined).resume();
    socket.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'data');
    const closed = once(socket, 'close');
    await Promise.all([open.splice(0)[0]?.close(), closed]);
  });
});
