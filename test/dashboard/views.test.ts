import { expect, it } from 'vitest';
import type { ExplainQuestion, TrafficView } from '../../src/control/views/views.ts';
import {
  aChainView,
  aDecisionView,
  aLinkView,
  aNodeView,
  aServerView,
  fakeParts,
} from '../control/fake-views.ts';
import { describeInBrowser, seen } from './browser.ts';
import { look } from './look.ts';

describeInBrowser('the chain', () => {
  it('names its functions in order with servers in and out', async () => {
    let calls = 0;
    const passing = () => {
      calls += 1000;
      return aLinkView({ calls, serversIn: calls * 5, serversOut: calls * 4, spentMs: calls / 400 });
    };
    const chains = () => [aChainView({ links: [passing(), { ...passing(), name: 'byLoad' }] })];
    const { page } = await look('chain', { chains });
    const chain = page.getByRole('list', { name: 'Chain of web' });
    const link = chain.getByRole('listitem', { name: 'byAge' });
    await link.getByText('5 → 4').waitFor();
    const names = await chain
      .locator(':scope > li')
      .evaluateAll((items) => items.map((item) => item.ariaLabel));
    expect(names).toEqual(['byAge', 'byLoad']);
    const filled = await link
      .locator('.bar')
      .evaluateAll((bars) => bars.map((bar) => bar.style.backgroundSize));
    expect(filled).toEqual(['100% 100%', '80% 100%']);
    const drawn = await page.evaluate(
      `[...document.querySelectorAll('.link:first-child .bar')].map((bar) => getComputedStyle(bar).backgroundImage.includes('gradient'))`,
    );
    expect(drawn).toEqual([true, true]);
    expect(await link.textContent()).toContain('2.50\u202fµs');
  });

  it('shows the last seconds, not the time since the start', async () => {
    let link = aLinkView({ calls: 1_000_000, serversIn: 5_000_000, serversOut: 5_000_000 });
    const { page } = await look('chain', { chains: () => [aChainView({ links: [link] })] });
    const item = page.getByRole('listitem', { name: 'byAge' });
    await item.getByText('5 → 5').waitFor();
    link = { ...link, calls: 1_000_010, serversIn: 5_000_050, serversOut: 5_000_020, emptied: 1 };
    await item.getByText('5 → 2').waitFor();
    expect(await item.textContent()).toContain('empties 10');
  });

  it('shows faults, and what is bypassed', async () => {
    const faults = { throw: 2, bad_result: 1, timeout: 0 };
    const lastFault = 'by-tenant.ts:12: no queue';
    const link = aLinkView({ name: 'byTenant', faults, lastFault, bypassed: true });
    const { page } = await look('chain', { chains: () => [aChainView({ links: [link] })] });
    const item = page.getByRole('listitem', { name: 'byTenant' });
    await item.getByText('bypassed').waitFor();
    await item.getByText('3 faults (2 throw, 1 bad result): by-tenant.ts:12: no queue').waitFor();
  });

  it('says on request whom a function dropped lately, how often and why', async () => {
    const decisions = () => [
      aDecisionView({ at: Date.now() }),
      aDecisionView({ id: 'd-2', at: Date.now() - 9000 }),
    ];
    const { page } = await look('chain', { decisions });
    const item = page.getByRole('listitem', { name: 'byAge' });
    await item.getByText('changes 100').waitFor();
    await item.getByRole('button').click();
    const row = item.getByRole('row', { name: /^web-3/ });
    await row.getByText('last heard of 31 s ago, limit 20 s').waitFor();
    expect(await row.getByRole('cell').first().textContent()).toBe('2');
  });

  it('shows the verdict on chains that run beside', async () => {
    const none = { live: null, shadow: null, ratio: null };
    const shadow = {
      pool: 'web',
      links: ['byAge', 'byPeakEwma'],
      share: 0.1,
      decisions: 1200,
      disagreements: 300,
      disagreement: 0.25,
      refused: 0,
      faults: 0,
      lastFault: null,
      delay: { live: 2, shadow: 1.5, ratio: 0.75 },
      herding: none,
      costUs: { live: 3, shadow: 4 },
      isSafe: true,
      verdict: 'safe to switch',
    };
    const { page } = await look('chain', { shadows: () => [shadow] });
    await page.getByText('safe to switch').waitFor();
    await page.getByText('2 now, 1.50 with it (× 0.75)').waitFor();
  });
});

describeInBrowser('explain', () => {
  it('asks with what the form says and shows steps with whom they dropped and why', async () => {
    const asked: ExplainQuestion[] = [];
    const { page, complaints } = await look('explain', {
      explain: (question) => {
        asked.push(question);
        const { why, chosen, delivery, ranked, steps } = aDecisionView();
        const noted = steps.map((step) => ({ ...step, note: `a note of ${step.name}` }));
        return { pool: 'web', route: 'shop', why, chosen, delivery, ranked, steps: noted };
      },
    });
    const form = page.getByRole('form', { name: 'Explain' });
    await form.getByLabel('URL or path').fill('http://shop.example/cart');
    await form.getByLabel('Method').fill('POST');
    await form.getByLabel('Client address').fill('192.0.2.7');
    await form.getByLabel('Header fields').fill('Cookie: id=1\n\nX-Tenant:  blue ');
    await form.getByRole('button', { name: 'Explain' }).click();
    const answer = page.locator('#explanation');
    await answer.getByText('last heard of 31 s ago, limit 20 s', { exact: true }).waitFor();
    const texts = [
      'web-1 won: byLoad 0.42 against 1.9 (web-2)',
      'route shop',
      '3 → 2',
      'if it fails: web-2',
      'a note of byAge',
    ];
    for (const text of texts) expect(await answer.textContent()).toContain(text);
    const headers = { Cookie: 'id=1', 'X-Tenant': 'blue' };
    expect(asked).toEqual([{ url: 'http://shop.example/cart', method: 'POST', from: '192.0.2.7', headers }]);
    expect(complaints).toEqual([]);
  });

  it('shows a recent decision with its steps, and what would be chosen now', async () => {
    const decisions = () => [aDecisionView({ at: Date.now() })];
    const explain = () => ({ ...aDecisionView(), chosen: 'web-2', ranked: ['web-2'] });
    const { page } = await look('explain', { decisions, explain });
    const list = page.getByRole('list', { name: 'Recent decisions' });
    await list.getByText('byAge 3›2 · byLoad 2›2').waitFor();
    await list.getByRole('button').first().click();
    await seen(() => new URL(page.url()).hash).toBe('#/explain/d-1');
    await page.locator('#explanation').getByRole('listitem', { name: 'byAge' }).waitFor();
    expect(await page.getByLabel('URL or path').inputValue()).toBe('http://shop.example/cart');
    await page.getByRole('button', { name: 'Replay with the current stats' }).click();
    await page.getByText('Then web-1; with the stats of now web-2.').waitFor();
  });

  it('copies a decision as a test', async () => {
    const decisions = () => [aDecisionView({ at: Date.now() })];
    const servers = () => ['web-1', 'web-2', 'web-3'].map((id) => aServerView({ id }));
    const { page } = await look('explain', { decisions, servers });
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('list', { name: 'Recent decisions' }).getByRole('button').first().click();
    await page.getByRole('button', { name: 'Copy as test' }).click();
    await page.getByRole('status').getByText('Copied.').waitFor();
    const text = await page.evaluate('navigator.clipboard.readText()');
    for (const part of ["builtIns.get('byAge')", "from 'forehand/testing'", '["web-1","web-2"]'])
      expect(text).toContain(part);
  });

  it('says what is wrong with the question, and where no route matches', async () => {
    const { page } = await look('explain', { explain: () => undefined });
    const form = page.getByRole('form', { name: 'Explain' });
    await form.getByRole('button').click();
    await page.getByText('no route matches this request').waitFor();
    await form.getByLabel('Header fields').fill('no colon');
    await form.getByRole('button').click();
    await page.getByText('expected "name: value", got "no colon"').waitFor();
  });
});

const traffic = (): TrafficView => ({
  at: Date.now(),
  seconds: Array.from({ length: 60 }, (_, i) => ({
    requests: 100 + i,
    byClass: { '2xx': 90, '4xx': 5, '5xx': 5 + i },
    bytesIn: 1000,
    bytesOut: 2048,
    latency: Array.from({ length: 24 }, (_, row) => (row === 8 ? 100 : row === 20 ? 1 : 0)),
  })),
  latencyBoundsMs: Array.from({ length: 23 }, (_, i) => 2 ** i),
  inFlight: 12,
  tunnels: 3,
  openConnections: 40,
});

describeInBrowser('traffic', () => {
  it('shows rates, errors and percentiles as numbers, as lines and as a map of latencies', async () => {
    const { page, complaints } = await look('traffic', { traffic });
    const drawing = (name: RegExp) => page.getByRole('img', { name });
    await drawing(/^Requests a second in the last minute; now 15[45]/).waitFor();
    await drawing(/^Errors a second/).waitFor();
    const map = drawing(/half of them now ≤ 256\sms, 99 of 100 ≤ 256\sms/);
    await map.hover({ position: { x: 2, y: 24 * 8 - 8 * 8 - 4 } });
    await page.getByText(/^100 requests, 128\sms to 256\sms, 59 s ago$/).waitFor();
    for (const text of ['Tunnels', '3', 'Connections', '40', '2\u202fKiB'])
      expect(await page.locator('.tiles').textContent()).toContain(text);
    expect(complaints).toEqual([]);
  });
});

describeInBrowser('nodes', () => {
  it('are listed with what is odd about them', async () => {
    const now = Date.now();
    const lastRefusal = { code: 'signature', message: 'the signature does not fit' } as const;
    const { page } = await look('nodes', {
      nodes: () => [
        aNodeView({ clockOffsetMs: 3_600_000, refused: 4, lastRefusal }),
        aNodeView({ name: 'idler', servers: [] }),
      ],
      servers: () => [aServerView(), aServerView({ id: 'lonely', node: null })],
      senders: () => [
        {
          source: 'udp 10.0.9.7',
          node: 'node-1',
          refused: 12,
          byCode: { signature: 12 },
          lastAt: now,
          lastRefusal,
        },
      ],
      refusals: () => [
        {
          code: 'signature',
          count: 12,
          lastAt: now,
          lastSource: 'udp 10.0.9.7',
          lastMessage: lastRefusal.message,
        },
      ],
    });
    const row = page.getByRole('table', { name: 'Nodes' }).getByRole('row', { name: /^node-1/ });
    await row.waitFor();
    for (const text of ['http 10.0.0.1', '+60', '4 the signature does not fit', '52'])
      expect(await row.textContent()).toContain(text);
    const sender = page.getByRole('table', { name: 'Senders of refused reports' });
    expect(await sender.getByRole('row', { name: /^udp 10\.0\.9\.7 node-1 12/ }).count()).toBe(1);
    expect(
      await page.getByRole('table', { name: 'Refused reports', exact: true }).getByRole('row').count(),
    ).toBe(2);
    const chips = (name: string) => page.getByRole('region', { name }).getByRole('listitem').allInnerTexts();
    expect(await chips('Servers without an agent')).toEqual(['lonely (web)']);
    expect(await chips('Nodes that serve no pool')).toEqual(['idler']);
  });
});

describeInBrowser('events', () => {
  it('are listed, filtered by kind and by text', async () => {
    const at = Date.now();
    const events = () => [
      { at, kind: 'node_joined', message: 'node joined: node-1' },
      { at: at - 5, kind: 'server_set', message: 'web-1 in pool web: set by hand to drain' },
      { at: at - 9, kind: 'config_refused', message: 'the new configuration was refused' },
    ];
    const { page } = await look('events', { events });
    const list = page.getByRole('list', { name: 'Events' });
    await list.getByText('node joined: node-1').waitFor();
    await page.getByLabel('Kind').selectOption('Set by hand');
    await seen(() => list.getByRole('listitem').allInnerTexts()).toEqual([
      expect.stringContaining('set by hand'),
    ]);
    await page.getByLabel('Kind').selectOption('');
    await page.getByRole('searchbox', { name: 'Filter events' }).fill('refused');
    await seen(() => list.getByRole('listitem').count()).toBe(1);
    expect(await list.locator('time').first().getAttribute('title')).toMatch(/^\d{4}-.* UTC$/);
  });
});

describeInBrowser('the configuration', () => {
  it('is shown as it is in use, and loaded again on request', async () => {
    let reloads = 0;
    const { page } = await look('config', {
      config: () => ({
        file: 'forehand.yaml',
        yaml: 'listen: ["8080"] # default\npools: # all\n  web: x\n',
        sha256: '',
      }),
      reload: async () => {
        reloads += 1;
        return { ok: false, text: 'forehand.yaml:3:1 unknown key "pols"', ignored: [] };
      },
    });
    const colour = (text: string) =>
      page.evaluate(
        `getComputedStyle([...document.querySelectorAll('.yaml span')].findLast((one) => one.textContent.includes('${text}'))).color`,
      );
    await page.getByText('listen:').waitFor();
    expect(await colour('listen:')).toBe(await colour('# all'));
    expect(await colour('pools:')).not.toBe(await colour('# all'));
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByText('forehand.yaml:3:1 unknown key "pols"').waitFor();
    await page.getByText('The configuration was refused; the one before goes on.').waitFor();
    expect(reloads).toBe(1);
  });

  it('stands above every view while the last one was refused', async () => {
    const lastError = 'forehand.yaml:14:7 unknown function "byAeg"';
    const configStatus = () => ({ ...fakeParts().configStatus(), lastResult: 'failed' as const, lastError });
    const { page } = await look('traffic', { configStatus });
    await page.getByRole('alert').getByText(lastError).waitFor();
    await page.getByRole('link', { name: 'Nodes' }).click();
    await page.getByRole('alert').getByText(lastError).waitFor();
  });
});
