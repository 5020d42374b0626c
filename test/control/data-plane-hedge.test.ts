import { describe, expect, it } from 'vitest';
import { aDataPlane } from '../support/a-data-plane.ts';
import { TRANSPORTS } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { KeptClient } from '../support/kept-client.ts';
import { startBackend } from '../support/start-backend.ts';

describe.each(TRANSPORTS)('a configuration with `hedge`, on %s', (transport) => {
  it('has a second server asked when one hangs, counts that, and stops with the next configuration', async () => {
    const hanging = await startBackend(() => undefined);
    const good = await startBackend((_req, res) => void res.setHeader('Content-Length', 2).end('ok'));
    const config = (hedge: object) => ({
      pools: { web: { servers: [hanging.url, good.url], chain: ['byInFlight'] } },
      timeouts: { responseHeaders: '300ms' },
      routes: [{ pool: 'web', ...hedge }],
    });
    const made = await aDataPlane(() => config({ hedge: { after: '10ms', budget: 1 } }), { transport });
    const client = new KeptClient(made.port());
    const asked = async (): Promise<number> => (await client.ask()).status;
    for (let i = 0; i < 20; i++) expect(await asked()).toBe(200);
    expect(hanging.requests.length).toBeGreaterThan(0);
    await eventually(() => hanging.open === 0, 'nobody waits for the first server');
    for (const server of made.instance.board.pool('web')?.servers ?? []) expect(server.inFlight).toBe(0);
    const { body } = await made.traffic.metrics.text();
    expect(body).toMatch(/^forehand_hedges_total\{pool="web",result="won"\} [1-9]/m);
    await made.reload(config({}));
    await eventually(async () => (await asked()) === 504, 'the first server is waited for again');
  });
});
