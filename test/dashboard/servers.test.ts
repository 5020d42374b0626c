import { expect, it } from 'vitest';
import type { HandOrder } from '../../src/control/hands.ts';
import type { ServerView } from '../../src/control/views/views.ts';
import { aPoolView, aServerView } from '../control/fake-views.ts';
import { describeInBrowser, seen } from './browser.ts';
import { look } from './look.ts';

const two = (): readonly ServerView[] => [aServerView(), aServerView({ id: 'web-2', tags: ['eu'] })];

describeInBrowser('the table of servers', () => {
  it('has a row for each server, by pool, and the state of each pool', async () => {
    const servers = () => [...two(), aServerView({ id: 'db', pool: 'api' })];
    const pools = () => [aPoolView({ state: 'down', servers: 2 }), aPoolView({ name: 'api', p99Ms: null })];
    const { page } = await look('servers', { servers, pools });
    const table = page.getByRole('table', { name: 'Servers' });
    await table.getByRole('rowheader', { name: /^web-2/ }).waitFor();
    expect(await table.getByRole('rowheader').count()).toBe(5);
    expect(await table.getByRole('rowheader', { name: /^web down 2 servers.* 2 in flight/ }).count()).toBe(1);
    const text = await table.getByRole('row', { name: /^web-1/ }).textContent();
    const numbers = [
      '0.42',
      '81',
      '5.0',
      '2\u2009/\u20090\u2009/\u20091',
      '950',
      '3 rep.',
      '8.25',
      '14.5',
      '34',
    ];
    for (const shown of ['ready', ...numbers, 'queue_depth 7']) expect(text).toContain(shown);
  });

  it('says every state by a word, a drawing and its reason', async () => {
    const states = ['ready', 'drain', 'maint', 'down', 'ejected', 'slowstart', 'unknown'] as const;
    const servers = states.map((state) => aServerView({ id: `is-${state}`, state, reason: `why ${state}` }));
    const { page } = await look('servers', { servers: () => servers });
    await page.getByRole('row', { name: /^is-unknown/ }).waitFor();
    for (const state of states) {
      const row = page.getByRole('row', { name: new RegExp(`^is-${state}`) });
      expect(await row.getByText(state, { exact: true }).isVisible()).toBe(true);
      expect(await row.getByText(`why ${state}`).isVisible()).toBe(true);
      expect(await row.locator('.state use').getAttribute('href')).toBe(`#icon-${state}`);
      expect(await page.locator(`symbol#icon-${state}`).count()).toBe(1);
    }
  });

  it('shows checks, hands, agent-checks and refused reports', async () => {
    const hand = {
      state: 'ready',
      weight: 0.5,
      reason: 'warming',
      by: 'ops',
      until: Date.now() + 3_600_000,
    } as const;
    const told = { state: 'ready', weight: 0.83, reason: '' } as const;
    const at = Date.now();
    const health = {
      kind: 'http',
      state: 'down',
      passes: 0,
      fails: 3,
      lastResult: '503 in 2 ms',
      lastAt: at,
      nextAt: at,
      since: at,
    } as const;
    const servers = () => [aServerView({ weight: 0.415, hand, told, refused: 3, health })];
    const { page, complaints } = await look('servers', { servers });
    const row = page.getByRole('row', { name: /^web-1/ });
    await row.getByText(/^weight 0\.41 · by ops · for 60\smin$/).waitFor();
    expect(await row.locator('.state-cell .sub').getAttribute('title')).toBe(
      'by hand of ops: ready, weight 0.50, warming\nby its agent-check: ready, weight 0.83',
    );
    for (const text of ['3 refused', '503 in 2 ms']) expect(await row.textContent()).toContain(text);
    expect(complaints).toEqual([]);
  });

  it('greys what an old report said, and fills the bar of its age', async () => {
    const servers = () => [aServerView({ ageMs: 21_000 }), aServerView({ id: 'web-2', ageMs: 5000 })];
    const { page } = await look('servers', { servers });
    const old = page.getByRole('row', { name: /^web-1/ });
    await old.getByText('stale').waitFor();
    const fill = (name: RegExp) =>
      page
        .getByRole('row', { name })
        .locator('.age .bar')
        .evaluate((node) => node.style.backgroundSize);
    expect([await fill(/^web-1/), await fill(/^web-2/)]).toEqual(['100% 100%', '25% 100%']);
    const colour = (id: string) =>
      page.evaluate(`getComputedStyle(document.querySelector('[data-key="web ${id}"] .reported')).color`);
    expect(await colour('web-1')).toMatch(/^rgb/);
    expect(await colour('web-1')).not.toBe(await colour('web-2'));
  });

  it('follows servers that come, change and go, and says so to those who do not see it', async () => {
    let servers = two();
    const { page, show } = await look('servers', { servers: () => servers });
    const first = page.getByRole('row', { name: /^web-1/ });
    await first.waitFor();
    await first.evaluate((row) => row.setAttribute('data-mark', 'kept'));
    servers = [aServerView({ inFlight: 77, state: 'down', reason: 'connect refused' })];
    show();
    await first.getByText('77').waitFor();
    expect(await first.getAttribute('data-mark')).toBe('kept');
    expect(await page.getByRole('row', { name: /^web-2/ }).count()).toBe(0);
    await page
      .getByRole('status')
      .getByText('web-1 is down: connect refused; web-2 has left')
      .waitFor({ state: 'attached' });
    expect(await first.textContent()).toContain('ready → down: connect refused');
  });

  it('sorts by a column within each pool, down, up, and as it was', async () => {
    const servers = () => [
      aServerView({ id: 'a', inFlight: 5 }),
      aServerView({ id: 'b', inFlight: 9 }),
      aServerView({ id: 'c', inFlight: 1 }),
    ];
    const { page } = await look('servers', { servers });
    const head = page.getByRole('columnheader', { name: 'In flight' });
    const ids = () => page.locator('.servers .id').allInnerTexts();
    await page.getByRole('row', { name: /^a/ }).waitFor();
    await head.getByRole('button').click();
    await seen(async () => [await head.getAttribute('aria-sort'), await ids()]).toEqual([
      'descending',
      ['b', 'a', 'c'],
    ]);
    await head.getByRole('button').click();
    await seen(async () => [await head.getAttribute('aria-sort'), await ids()]).toEqual([
      'ascending',
      ['c', 'a', 'b'],
    ]);
    await head.getByRole('button').click();
    await seen(async () => [await head.getAttribute('aria-sort'), await ids()]).toEqual([
      null,
      ['a', 'b', 'c'],
    ]);
  });

  it('shows what the filter lets through, reached by the key /', async () => {
    const { page } = await look('servers', { servers: two });
    await page.getByRole('row', { name: /^web-1/ }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('eu');
    expect(await page.getByRole('searchbox', { name: 'Filter servers' }).inputValue()).toBe('eu');
    await seen(() => page.locator('.servers .id:visible').allInnerTexts()).toEqual(['web-2']);
    await page.keyboard.type('nobody');
    await page.getByText('No server fits the filter.').waitFor();
  });

  it('is closer on request, and stays so', async () => {
    const { page } = await look('servers', { servers: two });
    const row = page.getByRole('row', { name: /^web-1/ });
    await row.waitFor();
    const height = async () => (await row.boundingBox())?.height ?? 0;
    const before = await height();
    await page.getByRole('button', { name: 'Compact' }).click();
    await seen(height).toBeLessThan(before * 0.75);
    await page.reload();
    await row.waitFor();
    await seen(height).toBeLessThan(before * 0.75);
  });

  it('can be taken along as CSV and JSON', async () => {
    const { page } = await look('servers', { servers: two });
    await page.getByRole('row', { name: /^web-1/ }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export as CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('servers.csv');
    const [json] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export as JSON' }).click(),
    ]);
    expect(json.suggestedFilename()).toBe('servers.json');
  });

  it('says so when there is no server, and dashes where there is no number', async () => {
    let servers: readonly ServerView[] = [];
    const { page, complaints, show } = await look('servers', { servers: () => servers, pools: () => [] });
    await page.getByText('No pool has a server yet.').waitFor();
    const unheard = aServerView({ stats: null, ageMs: null, heardAt: null, node: null, source: null });
    servers = [{ ...unheard, latencyMs: null, responseTimeMs: null }];
    show();
    const row = page.getByRole('row', { name: /^web-1/ });
    await row.getByText('never').waitFor();
    expect(await row.textContent()).toContain('–');
    expect(await row.textContent()).not.toMatch(/NaN|null|undefined/);
    expect(complaints).toEqual([]);
  });
});

describeInBrowser('keys in the table', () => {
  it('move from row to row, open a server and close it again', async () => {
    const { page } = await look('servers', { servers: two });
    await page.getByRole('row', { name: /^web-1/ }).waitFor();
    await page.getByRole('row', { name: /^web-1/ }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const sheet = page.getByRole('dialog', { name: 'web-2' });
    await sheet.getByText('http://10.0.0.1:8080/ · pool web · eu').waitFor();
    await seen(() => new URL(page.url()).hash).toBe('#/servers/web/web-2');
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    await seen(() => page.locator('tr:focus').getAttribute('data-key')).toBe('web web-2');
  });

  it('show what they are, and lead to every view', async () => {
    const { page } = await look('servers');
    await page.getByRole('row', { name: /^web-1/ }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).getByText('to the filter').waitFor();
    await page.keyboard.press('Escape');
    for (const [key, name] of [
      ['2', 'Chain'],
      ['4', 'Traffic'],
      ['7', 'Config'],
    ] as const) {
      await page.keyboard.press(key);
      await page.getByRole('heading', { name, exact: true, level: 2 }).waitFor();
      expect(await page.getByRole('link', { name }).getAttribute('aria-current')).toBe('page');
    }
  });
});

describeInBrowser('the actions of a server', () => {
  it('drain it, with a reason and for a time', async () => {
    const orders: HandOrder[] = [];
    const { page } = await look('servers', {
      servers: two,
      setServer: async (order) => {
        orders.push(order);
        return aServerView();
      },
    });
    await page.getByRole('button', { name: 'Actions for web-2' }).click();
    await page.getByRole('menuitem', { name: 'Drain…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Drain web-2' });
    await dialog.getByLabel('Reason').fill('new disk');
    await dialog.getByLabel('For').fill('10m');
    await dialog.getByRole('button', { name: 'Drain' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(orders).toEqual([
      { pool: 'web', server: 'web-2', state: 'drain', reason: 'new disk', forMs: 600_000 },
    ]);
  });

  it('set its weight by the keyboard alone', async () => {
    const orders: HandOrder[] = [];
    const { page } = await look('servers', {
      setServer: async (order) => {
        orders.push(order);
        return aServerView();
      },
    });
    await page.getByRole('row', { name: /^web-1/ }).waitFor();
    await page.getByRole('row', { name: /^web-1/ }).focus();
    await page.keyboard.press('m');
    await page.getByRole('menuitem', { name: 'Weight…' }).waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Weight of web-1' }).waitFor();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('0.25');
    await page.keyboard.press('Enter');
    await seen(() => orders).toEqual([{ pool: 'web', server: 'web-1', state: 'ready', weight: 0.25 }]);
  });

  it('say why they failed, and leave the form as it was', async () => {
    const message = 'the shared state cannot be written: no answer';
    const { page } = await look('servers', { setServer: async () => ({ code: 'store', message }) });
    await page.getByRole('button', { name: 'Actions for web-1' }).click();
    await page.getByRole('menuitem', { name: 'Maintenance…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Maintenance of web-1' });
    await dialog.getByLabel('Reason').fill('disk');
    await dialog.getByRole('button', { name: 'Set maintenance' }).click();
    await dialog.getByRole('alert').getByText(message).waitFor();
    expect(await dialog.getByLabel('Reason').inputValue()).toBe('disk');
  });

  it('are not there for those who may look only', async () => {
    const { page } = await look('servers', { servers: two });
    await page.route('**/api/v1/session', (route) =>
      route.fulfill({ json: { name: 'grafana', scope: 'read', by: 'bearer' } }),
    );
    await page.getByRole('button', { name: 'Actions for web-1' }).click();
    const menu = page.getByRole('menu');
    await menu.getByText('This browser may look only.').waitFor();
    expect(await menu.getByRole('menuitem').allInnerTexts()).toEqual(['Details']);
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Config' }).click();
    await page.getByRole('heading', { name: 'Effective configuration' }).waitFor();
    expect(await page.getByRole('button', { name: 'Reload' }).count()).toBe(0);
  });
});
