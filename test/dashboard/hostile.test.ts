import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPage } from '../../dashboard/page.ts';
import type { AdminParts } from '../../src/control/views.ts';
import { type RunningAdmin, startAdmin } from '../control/admin-client.ts';
import {
  aChainView,
  aDecisionView,
  aLinkView,
  aNodeView,
  aServerView,
  fakeParts,
} from '../control/fake-views.ts';
import { describeInBrowser, type Visit, visit } from './browser.ts';

const IMG = '<img src=x onerror=alert(1)>';
const QUOTE = `"'><script>alert(2)</script>`;
const LINK = 'javascript:alert(3)';

const steps = [
  {
    name: IMG,
    before: 2,
    after: 1,
    dropped: [{ id: QUOTE, reason: IMG }],
    scores: [{ id: IMG, score: 1 }],
    note: IMG,
    us: 1,
  },
];

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
      stats: { custom: { [IMG]: 1, [QUOTE]: IMG as never }, load1: IMG as never },
    }),
  ],
  nodes: () => [aNodeView({ name: IMG, transport: QUOTE, address: IMG, servers: [IMG, LINK] })],
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
      id: IMG,
      pool: IMG,
      route: QUOTE,
      chosen: IMG,
      ranked: [IMG, QUOTE],
      request: { method: IMG, host: IMG, path: `/${QUOTE}`, clientIp: IMG },
      outcome: { status: 200, termination: IMG, durationMs: 1, attempts: 1 },
      steps,
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
  explain: () => ({
    pool: IMG,
    route: QUOTE,
    why: IMG,
    chosen: IMG,
    delivery: 'proxy',
    ranked: [IMG, QUOTE],
    steps,
  }),
  version: IMG,
});

describeInBrowser('names that look like markup', () => {
  let admin: RunningAdmin;
  let seen: Visit;
  beforeAll(async () => {
    admin = await startAdmin({ parts: hostileParts(), page: createPage() });
    seen = await visit(admin.url);
    const { page } = seen;
    await page.getByRole('table', { name: 'Servers' }).getByText(IMG, { exact: true }).first().waitFor();
    await page.getByRole('list', { name: 'Recent decisions' }).locator('summary').click();
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.locator('#explanation .steps').waitFor();
  });
  afterAll(async () => {
    await seen?.close();
    await admin?.close();
  });

  it.each([
    ['servers', '#servers'],
    ['the chain', '#chains'],
    ['decisions', '#decisions'],
    ['the explanation', '#explanation'],
    ['events', '#events'],
    ['nodes', '#nodes'],
    ['refused reports', '#refusals'],
    ['the refused configuration', '#config-error'],
  ])('stay text in %s', async (_, selector) => {
    expect(await seen.page.locator(selector).textContent()).toContain(IMG);
  });

  it('make no element, run nothing and break no rule of the page', async () => {
    const { page, complaints } = seen;
    expect(await page.locator('main img, main script, main iframe, main a').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  it('ask nobody but this proxy', () => {
    const hosts = new Set(seen.requested.map((url) => new URL(url).host));
    expect([...hosts]).toEqual([`127.0.0.1:${admin.port}`]);
  });
});
