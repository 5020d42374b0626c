import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { AdminParts } from '../../src/control/views/views.ts';
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

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Everything that a view can show at once. */
const everything = (): Partial<AdminParts> => {
  const at = Date.now();
  const lastRefusal = { code: 'signature', message: 'the signature does not fit' } as const;
  const states = ['ready', 'drain', 'maint', 'down', 'ejected', 'slowstart', 'unknown'] as const;
  const faults = { throw: 2, bad_result: 0, timeout: 0 };
  const second = { requests: 9, byClass: { '2xx': 8, '5xx': 1 }, bytesIn: 10, bytesOut: 2000 };
  return {
    servers: () => [
      ...states.map((state) =>
        aServerView({ id: `is-${state}`, state, reason: `why ${state}`, failures: 2 }),
      ),
      aServerView({ id: 'old', ageMs: 60_000, node: null, refused: 3 }),
    ],
    nodes: () => [aNodeView({ refused: 4, lastRefusal, ageMs: 90_000 }), aNodeView({ name: 'idler' })],
    senders: () => [{ source: 'udp 10.0.9.7', node: null, refused: 2, byCode: {}, lastAt: at, lastRefusal }],
    refusals: () => [
      { code: 'rate', count: 2, lastAt: at, lastSource: 'http 10.0.0.9', lastMessage: 'too many' },
    ],
    chains: () => [
      aChainView({ links: [aLinkView({ faults, lastFault: 'no queue', bypassed: true }), aLinkView()] }),
    ],
    decisions: () => [aDecisionView({ at }), aDecisionView({ id: 'd-2', at, outcome: null })],
    events: () => [{ at, kind: 'server_set', message: 'web-1 in pool web: set by hand to drain' }],
    configStatus: () => ({
      ...fakeParts().configStatus(),
      lastResult: 'failed',
      lastError: 'forehand.yaml:1:1 unknown key',
      warnings: ['a warning'],
    }),
    config: () => ({ file: null, yaml: '# all of it\npools:\n  web: {} # default\n', sha256: '' }),
    traffic: () => ({
      at,
      seconds: Array.from({ length: 60 }, () => ({ ...second, latency: [1, 5, 3] })),
      latencyBoundsMs: [1, 2],
      inFlight: 1,
      tunnels: 0,
      openConnections: 2,
    }),
  };
};

/** Opens what a view hides at first. */
const OPENED: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  servers: (page) => page.getByRole('rowheader', { name: /^old/ }).waitFor(),
  'servers/web/is-down': (page) => page.getByRole('dialog').waitFor(),
  chain: (page) => page.getByRole('listitem').first().getByRole('button').click(),
  explain: (page) => page.getByRole('list', { name: 'Recent decisions' }).getByRole('button').first().click(),
  traffic: (page) => page.getByRole('img', { name: /^How long/ }).waitFor(),
  nodes: (page) => page.getByRole('row', { name: /^idler/ }).waitFor(),
  events: (page) => page.getByText('set by hand to drain').waitFor(),
  config: (page) => page.getByText('# all of it').waitFor(),
};

const violations = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(axe);
  const found = await page.evaluate(
    'axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map((n) => [id, n.html, ...n.any.map((a) => a.message)].join(" "))))',
  );
  return found as readonly string[];
};

describeInBrowser('for those who see little or nothing', () => {
  it.each(Object.keys(OPENED).flatMap((view) => [[view, 'light'] as const, [view, 'dark'] as const]))(
    'axe finds nothing to say of %s in %s',
    async (view, colorScheme) => {
      const { page, complaints } = await look(view, everything(), { colorScheme });
      await OPENED[view]?.(page);
      expect(await violations(page)).toEqual([]);
      expect(complaints).toEqual([]);
    },
  );

  it.each(['light', 'dark'] as const)(
    'axe finds nothing to say of menus and forms in %s',
    async (colorScheme) => {
      const { page } = await look('servers', everything(), { colorScheme });
      await page.getByRole('button', { name: 'Actions for is-ready' }).click();
      await page.getByRole('menuitem', { name: 'Drain…' }).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByRole('menuitem', { name: 'Drain…' }).click();
      await page.getByRole('dialog').waitFor();
      expect(await violations(page)).toEqual([]);
    },
  );
});

describeInBrowser('on every screen', () => {
  it.each(['servers', 'chain', 'explain', 'traffic', 'nodes', 'events', 'config'])(
    '%s is not wider than a screen of 360 pixels',
    async (view) => {
      const { page } = await look(view, everything(), { width: 360, colorScheme: 'dark' });
      await OPENED[view]?.(page);
      const wider = await page.locator('html').evaluate((html) => html.scrollWidth - html.clientWidth);
      expect(wider).toBe(0);
      const sideways = await page
        .locator('main *')
        .evaluateAll((all) =>
          all.filter((one) => one.classList.contains('scroll') && one.scrollWidth === one.clientWidth + 1),
        );
      // A pixel more is no wide table: it is something that sticks out.
      expect(sideways).toEqual([]);
    },
  );

  it('the tab of the view can be seen at 360 pixels', async () => {
    const { page } = await look('config', everything(), { width: 360 });
    const tab = page.locator('nav [aria-current]');
    await tab.waitFor();
    const box = await tab.boundingBox();
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(360);
  });

  it('a decision says its whole server at 360 pixels', async () => {
    const { page } = await look('explain', everything(), { width: 360 });
    const chosen = page.locator('.decision .chosen').first();
    await chosen.waitFor();
    expect(await chosen.evaluate((node) => node.scrollWidth - node.clientWidth)).toBe(0);
  });

  it('the table of servers has the five columns that matter at 360 pixels, and needs no scrolling', async () => {
    const { page } = await look('servers', everything(), { width: 360 });
    await page.getByRole('rowheader', { name: /^old/ }).waitFor();
    const shown = await page.locator('.servers thead th:visible').allInnerTexts();
    expect(shown.map((text) => text.trim().toLowerCase())).toEqual([
      'server',
      'state',
      'report',
      'in flight',
      'share',
      'actions',
    ]);
    const scroll = page.getByRole('region', { name: 'Servers, scrollable' });
    expect(await scroll.evaluate((node) => node.scrollWidth - node.clientWidth)).toBe(0);
  });

  it('the colours follow the system, and the switch, which is kept', async () => {
    const { page } = await look('servers', {}, { colorScheme: 'dark' });
    const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    await seen(background).toBe('rgb(14, 18, 23)');
    await page.getByRole('combobox', { name: 'Colours' }).selectOption('light');
    await seen(background).toBe('rgb(243, 245, 248)');
    await page.reload();
    await page.getByRole('combobox', { name: 'Colours' }).waitFor();
    await seen(background).toBe('rgb(243, 245, 248)');
  });
});
