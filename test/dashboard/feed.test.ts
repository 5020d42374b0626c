import { expect, it } from 'vitest';
import { describeInBrowser, seen } from './browser.ts';
import { look } from './look.ts';

describeInBrowser('the page', () => {
  it('is there after four requests: HTML, script, style and the feed; its icon besides', async () => {
    const { page, requested, admin, complaints } = await look('servers');
    await page.getByRole('rowheader', { name: /^web-1/ }).waitFor();
    const paths = requested.map((url) => url.slice(admin.url.length)).filter((path) => path !== '/icon.svg');
    expect(paths).toEqual(['/', '/page.js', '/page.css', '/api/v1/events']);
    expect(complaints).toEqual([]);
  });

  it('says how old all of it is on every panel', async () => {
    const { page } = await look('traffic');
    await page.getByRole('heading', { name: 'Latency' }).waitFor();
    const panels = await page.locator('.card').count();
    const fresh = page.locator('.card .fresh').getByText(/^as of \d+\.\d.s ago$/);
    await seen(() => fresh.count()).toBe(panels);
  });

  it('says within two seconds that the proxy is gone, and dims', async () => {
    const { page, admin, complaints } = await look('servers');
    await page.getByRole('rowheader', { name: /^web-1/ }).waitFor();
    await seen(() => page.locator('.lost').count()).toBe(0);
    await admin.close();
    const at = performance.now();
    await page.getByText(/^no answer for .*: what stands here is old\.$/).waitFor();
    // Two seconds are promised; the rest is for a machine that has other things to do.
    expect(performance.now() - at).toBeLessThan(12_000);
    await seen(() =>
      page.evaluate('Number(getComputedStyle(document.querySelector("section.card")).opacity)'),
    ).toBeLessThan(0.6);
    expect(complaints.filter((text) => !text.includes('net::ERR'))).toEqual([]);
  });

  it('finds the proxy by itself when it is there again', async () => {
    const { page } = await look('servers');
    await page.route('**/api/v1/events', (route) => route.abort());
    await page.reload();
    await page.getByText('no answer yet').first().waitFor();
    await page.unroute('**/api/v1/events');
    await page.getByRole('rowheader', { name: /^web-1/ }).waitFor();
    await seen(() => page.locator('.lost').count()).toBe(0);
  });

  it('asks for a token where the proxy wants one, says why it was not taken, and asks again after a restart', async () => {
    const { page, admin } = await look('servers');
    let token = '';
    await page.route('**/api/v1/events', (route) =>
      token === 'right' ? route.continue() : route.fulfill({ status: 401, json: {} }),
    );
    await page.route('**/api/v1/session', async (route) => {
      if (route.request().method() === 'POST') token = route.request().postDataJSON().token;
      if (token === 'right') return route.fulfill({ json: { name: 'ops', scope: 'write', by: 'session' } });
      const error = { code: 'unauthorized', message: 'no such token' };
      return route.fulfill({ status: 401, json: { error } });
    });
    await page.reload();
    const form = page.getByRole('form', { name: 'Token' });
    await form.getByLabel('Token').fill('wrong');
    await form.getByRole('button', { name: 'Sign in' }).click();
    await form.getByText('no such token').waitFor();
    await form.getByLabel('Token').fill('right');
    await form.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('rowheader', { name: /^web-1/ }).waitFor();
    expect(await form.count()).toBe(0);
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    token = '';
    await admin.close();
    await form.waitFor();
  });

  it('shows an event at once', async () => {
    let tell = (): void => undefined;
    const { page } = await look('events', {
      follow: (heard) => {
        tell = () => heard.event({ at: Date.now(), kind: 'server_set', message: 'web-9 set by hand' });
        return () => undefined;
      },
    });
    await page.getByText('node-1 joined').waitFor();
    tell();
    await page.getByText('web-9 set by hand').waitFor();
  });
});
