import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Agent, startAgent } from '../../agent/index.ts';
import { Forehand } from '../../src/control/forehand.ts';
import { silentLog } from '../../src/control/logs/log.ts';
import { Heartbeat } from '../../src/script/heartbeat.ts';
import { eventually } from '../support/eventually.ts';
import { describeInBrowser, type Visit, visit } from './browser.ts';
import { builtPage } from './built-page.ts';
import { aServerProgram, type ServerProgram } from './server-program.ts';

const IDS = ['one', 'two', 'three'] as const;

describeInBrowser('the page of a real proxy with real agents', () => {
  let proxy: Forehand;
  let seen: Visit;
  const servers = new Map<string, ServerProgram>();
  const agents: Agent[] = [];
  let isSending = true;
  let sending: Promise<void>;

  /** Requests one after the other, as long as the tests go on: what a server answers does not matter. */
  const send = async (): Promise<void> => {
    while (isSending)
      await fetch(`http://${proxy.addresses[0]}/cart`).then((answer) => answer.text(), String);
  };

  beforeAll(async () => {
    for (const id of IDS) servers.set(id, await aServerProgram());
    const list = IDS.map((id) => ({ id, url: servers.get(id)?.url }));
    const config = {
      listen: ['127.0.0.1:0'],
      admin: '127.0.0.1:0',
      agents: { listen: 'http://127.0.0.1:0' },
      pools: { web: { servers: list, chain: [{ byAge: '60s' }, 'notEjected', 'byRandom'] } },
    };
    const { page } = await builtPage();
    proxy = await Forehand.start({
      source: { value: config },
      env: {},
      log: silentLog,
      version: '1.2.3',
      page,
      watch: false,
      heartbeat: new Heartbeat(),
    });
    const to = /http:\/\/[\d.:]+/.exec(proxy.agentAddresses[0] ?? '')?.[0] ?? '';
    for (const { id, url = '' } of list)
      agents.push(
        await startAgent({ to, url, node: `node-${id}`, interval: 250, sample: () => ({ load1: 1.5 }) }),
      );
    sending = send();
    seen = await visit(`http://${proxy.adminAddress}/`);
  }, 60_000);

  afterAll(async () => {
    isSending = false;
    await sending;
    await seen?.close();
    for (const agent of agents) await agent.close();
    await proxy?.close();
    for (const server of servers.values()) await server.close();
  });

  const row = (id: string) => seen.page.getByRole('row', { name: new RegExp(`^${id} `) });

  it('shows what agents report and what goes through', async () => {
    await row('one').getByText('1.50').waitFor();
    await row('one')
      .getByText(/^\d+(\.\d)?.*s$/)
      .first()
      .waitFor();
    await eventually(async () => !(await row('one').textContent())?.includes('0 sent'), 'requests sent');
    await seen.page.getByRole('link', { name: 'Nodes' }).click();
    const node = seen.page
      .getByRole('table', { name: 'Nodes' })
      .getByRole('row', { name: /^node-three http/ });
    await node.waitFor();
    await seen.page.getByRole('link', { name: 'Chain' }).click();
    await seen.page.getByRole('listitem', { name: 'byRandom' }).getByText('3 → 3').waitFor();
    await seen.page.getByRole('link', { name: 'Traffic' }).click();
    await seen.page.getByRole('img', { name: /^Requests a second in the last minute; now [1-9]/ }).waitFor();
  });

  it('explains a request that was served, and asks again', async () => {
    const { page } = seen;
    await page.getByRole('link', { name: 'Explain' }).click();
    await page.getByRole('list', { name: 'Recent decisions' }).getByRole('button').last().click();
    await page.locator('#explanation').getByRole('listitem', { name: 'byRandom' }).waitFor();
    await page.getByRole('button', { name: 'Replay with the current stats' }).click();
    await page.getByText(/with the stats of now/).waitFor();
  });

  it('drains a server through the menu of its row, and makes it ready again', async () => {
    const { page } = seen;
    await page.getByRole('link', { name: 'Servers' }).click();
    await page.getByRole('button', { name: 'Actions for two' }).click();
    await page.getByRole('menuitem', { name: 'Drain…' }).click();
    await page.getByRole('dialog').getByLabel('Reason').fill('new disk');
    await page.getByRole('dialog').getByRole('button', { name: 'Drain' }).click();
    await row('two').getByText('drain', { exact: true }).waitFor();
    await row('two').locator('.state-cell').getByText('new disk').waitFor();
    const before = servers.get('two')?.requests();
    await fetch(`http://${proxy.addresses[0]}/`).then((answer) => answer.text());
    expect(servers.get('two')?.requests()).toBe(before);
    await page.getByRole('link', { name: 'Events' }).click();
    await page.getByText('two in pool web: set by hand to drain: new disk').waitFor();
    await page.getByRole('link', { name: 'Servers' }).click();
    await page.getByRole('button', { name: 'Actions for two' }).click();
    await page.getByRole('menuitem', { name: 'Ready…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Make ready' }).click();
    await row('two').getByText('ready', { exact: true }).waitFor();
  });

  it('shows a server that is killed as down, with the reason, without being loaded again', async () => {
    await seen.page.evaluate('window.isSamePage = true');
    await servers.get('three')?.close();
    await row('three')
      .locator('.state')
      .getByText(/^(down|ejected)$/)
      .waitFor();
    expect(await row('three').locator('.state-cell .sub').textContent()).not.toBe('');
    expect(await seen.page.evaluate('window.isSamePage')).toBe(true);
    expect(seen.complaints).toEqual([]);
  });
});
