import { afterEach, expect, it } from 'vitest';
import { createPage } from '../../dashboard/page.ts';
import type { AdminParts, ExplainQuestion, ServerView } from '../../src/control/views.ts';
import { type RunningAdmin, startAdmin } from '../control/admin-client.ts';
import {
  aChainView,
  aDecisionView,
  aLinkView,
  aNodeView,
  aServerView,
  fakeParts,
} from '../control/fake-views.ts';
import { describeInBrowser, type Eyes, type Visit, visit } from './browser.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

const look = async (
  parts: Partial<AdminParts> = {},
  eyes?: Eyes,
): Promise<Visit & { admin: RunningAdmin }> => {
  const admin = await startAdmin({ parts, page: createPage() });
  open.push(admin);
  const seen = await visit(admin.url, eyes);
  open.push(seen);
  return { ...seen, admin };
};

describeInBrowser('the table of servers', () => {
  it('has a row for each server, by pool', async () => {
    const servers = () => [
      aServerView(),
      aServerView({ id: 'web-2' }),
      aServerView({ id: 'db', pool: 'api' }),
    ];
    const { page } = await look({ servers });
    const table = page.getByRole('table', { name: 'Servers' });
    await table.getByRole('rowheader', { name: /^web-2/ }).waitFor();
    expect(await table.getByRole('rowheader').count()).toBe(5);
    const row = table.getByRole('row', { name: /^web-1/ });
    const numbers = ['0.42', '81', '5.0', '950', '3 reported', '8.25', '14.5', '34', 'queue_depth 7'];
    const text = await row.textContent();
    for (const shown of ['ready', ...numbers]) expect(text).toContain(shown);
  });

  it('says every state by a word, a drawing and its reason', async () => {
    const states = ['ready', 'drain', 'maint', 'down', 'ejected', 'slowstart', 'unknown'] as const;
    const servers = states.map((state) => aServerView({ id: `is-${state}`, state, reason: `why ${state}` }));
    const { page } = await look({ servers: () => servers });
    await page.getByRole('row', { name: /^is-unknown/ }).waitFor();
    for (const state of states) {
      const row = page.getByRole('row', { name: new RegExp(`^is-${state}`) });
      expect(await row.getByText(state, { exact: true }).isVisible()).toBe(true);
      expect(await row.getByText(`why ${state}`).isVisible()).toBe(true);
      expect(await row.locator('use').getAttribute('href')).toBe(`#icon-${state}`);
      expect(await page.locator(`symbol#icon-${state}`).count()).toBe(1);
    }
  });

  it('says what was set by hand and by an agent-check, and how many reports were refused', async () => {
    const hand = {
      state: 'ready',
      weight: 0.5,
      reason: 'warming up',
      until: Date.now() + 3_600_000,
    } as const;
    const told = { state: 'ready', weight: 0.83, reason: '' } as const;
    const { page, complaints } = await look({
      servers: () => [aServerView({ weight: 0.415, hand, told, refused: 3 }), aServerView({ id: 'web-2' })],
      nodes: () => [
        aNodeView({ clockOffsetMs: 3_600_000, refused: 4, lastRefusal: { code: 'taken', message: 'no' } }),
      ],
    });
    const row = page.getByRole('row', { name: /^web-1/ });
    await row.getByText(/^weight 0\.41.*for 60\smin$/).waitFor();
    expect(await row.locator('.state .sub').getAttribute('title')).toBe(
      'by hand: ready, weight 0.50, warming up\nby its agent-check: ready, weight 0.83',
    );
    expect(await row.textContent()).toContain('3 refused');
    expect(await page.getByRole('row', { name: /^web-2/ }).textContent()).not.toMatch(/weight|refused/);
    const node = await page.getByRole('row', { name: /^node-1/ }).textContent();
    expect(node).toMatch(/^node-1.*52.*4\+60\smin/);
    expect(complaints).toEqual([]);
  });

  it('lets the age of a report grow between answers and greys old numbers out', async () => {
    const { page, admin } = await look({ servers: () => [aServerView({ ageMs: 19_000 })] });
    const row = page.getByRole('row', { name: /^web-1/ });
    await row.waitFor();
    await admin.close();
    await row.getByText('stale').waitFor();
    expect(await row.getAttribute('class')).toContain('stale');
  });

  it('follows servers that come, change and go without making their rows anew', async () => {
    let servers: readonly ServerView[] = [aServerView(), aServerView({ id: 'web-2' })];
    const { page } = await look({ servers: () => servers });
    const first = page.getByRole('row', { name: /^web-1/ });
    await first.waitFor();
    await first.evaluate((row) => row.setAttribute('data-mark', 'kept'));
    servers = [aServerView({ id: 'web-0' }), aServerView({ inFlight: 77 })];
    await page.getByRole('row', { name: /^web-0/ }).waitFor();
    expect(await page.getByRole('row', { name: /^web-2/ }).count()).toBe(0);
    await first.getByText('77').waitFor();
    expect(await first.getAttribute('data-mark')).toBe('kept');
    const ids = await page.locator('#servers .id').allInnerTexts();
    expect(ids).toEqual(['web-0', 'web-1']);
  });

  it('shows what the filter lets through, reached by the key /', async () => {
    const { page } = await look({
      servers: () => [aServerView(), aServerView({ id: 'web-2', tags: ['eu'] })],
    });
    await page.getByRole('row', { name: /^web-1/ }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('eu');
    expect(await page.getByRole('searchbox', { name: 'Filter servers' }).inputValue()).toBe('eu');
    await expect.poll(() => page.locator('#servers .id:visible').allInnerTexts()).toEqual(['web-2']);
  });

  it('says so when there is no server, and dashes where there is no number', async () => {
    let servers: readonly ServerView[] = [];
    const { page, complaints } = await look({ servers: () => servers, nodes: () => [], chains: () => [] });
    await page.getByText('No pool has a server yet.').waitFor();
    servers = [
      {
        ...aServerView({ stats: null, ageMs: null, heardAt: null, node: null, source: null }),
        latencyMs: null,
        responseTimeMs: null,
      },
    ];
    const row = page.getByRole('row', { name: /^web-1/ });
    await row.getByText('never').waitFor();
    expect(await row.textContent()).toContain('–');
    expect(await row.textContent()).not.toMatch(/NaN|null|undefined/);
    expect(complaints).toEqual([]);
  });

  it('shows 500 servers in time', async () => {
    const servers = Array.from({ length: 500 }, (_, i) => aServerView({ id: `s${i}` }));
    const { page, complaints } = await look({ servers: () => servers });
    await page.locator('#servers .id').getByText('s499', { exact: true }).waitFor();
    expect(await page.locator('#servers .id').count()).toBe(500);
    expect(complaints).toEqual([]);
  });
});

describeInBrowser('the chain', () => {
  it('names its functions in order with servers in and out', async () => {
    const { page } = await look();
    const chain = page.getByRole('list', { name: 'Chain of web' });
    const link = chain.getByRole('listitem', { name: 'byAge' });
    await link.getByText('5 → 4').waitFor();
    expect(await chain.getByRole('listitem').evaluateAll((items) => items.map((i) => i.ariaLabel))).toEqual([
      'byAge',
      'byLoad',
    ]);
    const filled = await link.locator('.fill').evaluateAll((bars) => bars.map((b) => b.style.transform));
    expect(filled).toEqual(['scaleX(1)', 'scaleX(0.8)']);
  });

  it('shows the last seconds, not the time since the start', async () => {
    let link = aLinkView({ calls: 1_000_000, serversIn: 5_000_000, serversOut: 5_000_000 });
    const { page } = await look({ chains: () => [aChainView({ links: [link] })] });
    const item = page.getByRole('listitem', { name: 'byAge' });
    await item.getByText('5 → 5').waitFor();
    link = { ...link, calls: 1_000_010, serversIn: 5_000_050, serversOut: 5_000_020, emptied: 1 };
    await item.getByText('5 → 2').waitFor();
    expect(await item.textContent()).toContain('empties 10');
  });

  it('shows faults and what is bypassed', async () => {
    const faults = { throw: 2, bad_result: 1, timeout: 0 };
    const link = aLinkView({
      name: 'byTenant',
      faults,
      lastFault: 'by-tenant.ts:12: no queue',
      bypassed: true,
    });
    const { page } = await look({ chains: () => [aChainView({ links: [link] })] });
    const item = page.getByRole('listitem', { name: 'byTenant' });
    await item.getByText('bypassed').waitFor();
    await item.getByText('3 faults (2 throw, 1 bad result): by-tenant.ts:12: no queue').waitFor();
  });
});

describeInBrowser('the other parts', () => {
  it('list nodes, refused reports with reason and source, and events', async () => {
    const refusal = {
      code: 'not_accepted',
      count: 3,
      lastAt: Date.now(),
      lastSource: 'udp 10.0.9.7',
    } as const;
    const { page } = await look({
      nodes: () => [aNodeView({ name: 'node-7', address: '10.0.0.7' })],
      refusals: () => [{ ...refusal, lastMessage: 'not on the list' }],
      events: () => [{ at: Date.now(), kind: 'node_joined', message: 'node joined: node-7' }],
    });
    const node = page.getByRole('table', { name: 'Nodes' }).getByRole('row', { name: /^node-7/ });
    await node.waitFor();
    expect(await node.textContent()).toContain('http 10.0.0.7');
    const refused = page
      .getByRole('table', { name: 'Refused reports' })
      .getByRole('row', { name: /^not accepted/ });
    for (const text of ['3', 'udp 10.0.9.7', 'not on the list'])
      expect(await refused.textContent()).toContain(text);
    await page.getByRole('list', { name: 'Events' }).getByText('node joined: node-7').waitFor();
  });

  it('list decisions whose steps open, and stay open', async () => {
    const { page } = await look({ decisions: () => [aDecisionView({ at: Date.now() })] });
    const item = page.getByRole('list', { name: 'Recent decisions' }).getByRole('listitem').first();
    await item.getByText('byAge 3›2 · byLoad 2›2').waitFor();
    await item.getByText('shop.example/cart').click();
    await item.getByText('last heard of 31 s ago, limit 20 s', { exact: true }).waitFor();
    const before = await page.evaluate(() => performance.getEntriesByType('resource').length);
    await page.waitForFunction((n) => performance.getEntriesByType('resource').length > n + 16, before);
    expect(await item.getByText('last heard of 31 s ago, limit 20 s', { exact: true }).isVisible()).toBe(
      true,
    );
  });

  it('say that a configuration was refused, and why', async () => {
    const lastError = 'forehand.yaml:14:7 unknown function "byAeg"';
    const { page } = await look({
      configStatus: () => ({ ...fakeParts().configStatus(), lastResult: 'failed', lastError }),
    });
    const alert = page.getByRole('alert');
    await alert.getByText(lastError).waitFor();
  });

  it('dim when the proxy is gone, and say for how long', async () => {
    const { page, admin } = await look();
    await page.getByText(/^as of \d+\.\d.s ago$/).waitFor();
    expect(await page.locator('body.lost').count()).toBe(0);
    await admin.close();
    await page.getByText(/^no answer for /).waitFor();
    expect(await page.locator('body.lost').count()).toBe(1);
  });
});

describeInBrowser('explain', () => {
  it('asks with what the form says and shows steps with whom they dropped and why', async () => {
    const asked: ExplainQuestion[] = [];
    const { page, complaints } = await look({
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
    for (const text of [
      'web-1 won: byLoad 0.42 against 1.9 (web-2)',
      'route shop',
      '3 → 2',
      'if it fails: web-2',
      'a note of byAge',
    ])
      expect(await answer.textContent()).toContain(text);
    const headers = { Cookie: 'id=1', 'X-Tenant': 'blue' };
    expect(asked).toEqual([{ url: 'http://shop.example/cart', method: 'POST', from: '192.0.2.7', headers }]);
    expect(complaints).toEqual([]);
  });

  it('says what is wrong with the question, and where no route matches', async () => {
    const { page } = await look({ explain: () => undefined });
    const form = page.getByRole('form', { name: 'Explain' });
    await form.getByRole('button').click();
    await page.getByText('no route matches this request').waitFor();
    await form.getByLabel('Header fields').fill('no colon');
    await form.getByRole('button').click();
    await page.getByText('expected "name: value", got "no colon"').waitFor();
  });
});

describeInBrowser('on every screen', () => {
  it.each([
    [1280, 'light'],
    [390, 'dark'],
    [360, 'light'],
  ] as const)('%i pixels wide in %s, nothing is wider than the screen', async (width, colorScheme) => {
    const { page } = await look({}, { width, colorScheme });
    await page.getByRole('rowheader', { name: /^web-1/ }).waitFor();
    const overflow = await page.locator('html').evaluate((html) => html.scrollWidth - html.clientWidth);
    expect(overflow).toBe(0);
  });

  it('the colours follow what the reader prefers', async () => {
    const background = async (eyes: Eyes): Promise<unknown> => {
      const { page } = await look({}, eyes);
      return page.evaluate('getComputedStyle(document.body).backgroundColor');
    };
    expect(await background({ colorScheme: 'light' })).toBe('rgb(244, 246, 248)');
    expect(await background({ colorScheme: 'dark' })).toBe('rgb(14, 18, 23)');
  });
});
