import { expect, it } from 'vitest';
import type { AdminParts } from '../../src/control/views/views.ts';
import {
  aChainView,
  aDecisionView,
  aLinkView,
  aNodeView,
  aPoolView,
  aServerView,
  fakeParts,
} from '../control/fake-views.ts';
import { describeInBrowser } from './browser.ts';
import { look } from './look.ts';

const IMG = '<img src=x onerror=alert(1)>';
const QUOTE = `"'><script>alert(2)</script>`;
const LINK = 'javascript:alert(3)';

const explained = {
  pool: QUOTE,
  route: QUOTE,
  why: IMG,
  chosen: IMG,
  delivery: 'proxy',
  ranked: [IMG, QUOTE],
  steps: [
    {
      name: IMG,
      before: 2,
      after: 1,
      dropped: [{ id: QUOTE, reason: IMG }],
      scores: [{ id: IMG, score: 1 }],
      note: IMG,
      us: 1,
    },
  ],
} as const;

/** A cluster whose agents, clients, scripts and configuration all try to become markup. */
const hostileParts = (): Partial<AdminParts> => ({
  servers: () => [
    aServerView({
      id: IMG,
      url: LINK,
      pool: QUOTE,
      node: IMG,
      tags: [IMG, QUOTE],
      state: IMG as never,
      reason: IMG,
      source: QUOTE,
      hand: { state: 'ready', weight: 2, reason: IMG },
      stats: { custom: { [IMG]: 1, [QUOTE]: IMG as never }, load1: IMG as never },
    }),
  ],
  pools: () => [aPoolView({ name: QUOTE, state: IMG as never })],
  nodes: () => [aNodeView({ name: IMG, transport: QUOTE, address: IMG, servers: [IMG, LINK] })],
  senders: () => [
    {
      source: QUOTE,
      node: IMG,
      refused: 1,
      byCode: {},
      lastAt: Date.now(),
      lastRefusal: { code: IMG as never, message: QUOTE },
    },
  ],
  refusals: () => [{ code: IMG as never, count: 1, lastAt: Date.now(), lastSource: IMG, lastMessage: QUOTE }],
  chains: () => [
    aChainView({
      name: IMG,
      pool: QUOTE,
      whenEmpty: IMG,
      links: [
        aLinkView({
          name: IMG,
          kind: QUOTE,
          faults: { throw: 1, bad_result: 0, timeout: 0 },
          lastFault: IMG,
        }),
      ],
    }),
  ],
  decisions: () => [
    aDecisionView({
      ...explained,
      id: IMG,
      request: { method: IMG, host: IMG, path: `/${QUOTE}`, clientIp: IMG },
      outcome: { status: 200, termination: IMG, durationMs: 1, attempts: 1 },
    }),
  ],
  events: () => [{ at: Date.now(), kind: QUOTE, message: IMG }],
  configStatus: () => ({
    ...fakeParts().configStatus(),
    file: IMG,
    lastResult: 'failed',
    lastError: IMG,
    warnings: [IMG],
  }),
  config: () => ({ file: IMG, yaml: `${IMG}\nhost: ${QUOTE} # ${IMG}\n`, sha256: '' }),
  explain: () => explained,
  version: IMG,
});

describeInBrowser('names that look like markup', () => {
  it.each([
    ['servers', '.servers'],
    [`servers/${encodeURIComponent(QUOTE)}/${encodeURIComponent(IMG)}`, 'dialog'],
    ['chain', '.chain'],
    ['explain', '.decisions'],
    [`explain/${encodeURIComponent(IMG)}`, '#explanation'],
    ['nodes', 'table'],
    ['events', '.events'],
    ['config', '.yaml'],
  ])('stay text in #/%s', async (view, selector) => {
    const { page, complaints, requested, admin } = await look(view, hostileParts());
    await page.locator(selector).first().getByText(IMG).first().waitFor({ state: 'attached' });
    await page.getByRole('alert').getByText(IMG).waitFor({ state: 'attached' });
    expect(await page.locator('#app img, #app script, #app iframe').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(1);
    const links = await page
      .locator('#app a')
      .evaluateAll((all) => all.map((one) => one.getAttribute('href')));
    expect(links.filter((href) => !href?.startsWith('#/'))).toEqual([]);
    expect(complaints).toEqual([]);
    expect(new Set(requested.map((url) => new URL(url).host))).toEqual(new Set([`127.0.0.1:${admin.port}`]));
  });

  it('stay text in menus and forms', async () => {
    const { page, complaints } = await look('servers', hostileParts());
    await page.getByRole('button', { name: `Actions for ${IMG}` }).click();
    await page.getByRole('menuitem', { name: 'Drain…' }).click();
    await page.getByRole('heading', { name: `Drain ${IMG}` }).waitFor();
    expect(await page.locator('#app img, #app script').count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
