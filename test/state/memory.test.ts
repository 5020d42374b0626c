import { expect, it } from 'vitest';
import { MemoryDriver } from '../../src/state/memory.ts';
import { aReport, Listener } from './support.ts';

it('keeps what was said before anybody listened for a proxy that comes late', async () => {
  const driver = new MemoryDriver();
  await driver.publish(aReport());
  const listener = new Listener();
  await driver.subscribe(listener);
  expect(listener.total).toBe(0);
  expect(driver.snapshot()).toEqual([aReport()]);
  await driver.publish(aReport({ seq: 2 }));
  expect(listener.reports.map(({ report }) => report.seq)).toEqual([2]);
});

it('shares no object between agent and proxy', async () => {
  const driver = new MemoryDriver();
  const listener = new Listener();
  await driver.subscribe(listener);
  const report = aReport();
  await driver.publish(report);
  expect(listener.reports[0]?.report).toEqual(report);
  expect(listener.reports[0]?.report).not.toBe(report);
  expect(listener.reports[0]?.report.stats).not.toBe(report.stats);
});
