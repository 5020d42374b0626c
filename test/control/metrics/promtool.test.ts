import { expect, it } from 'vitest';
import { hasPromtool, promtool } from '../../support/promtool.ts';
import { aFullScrape } from './a-full-scrape.ts';

it.runIf(hasPromtool)('promtool finds nothing to say against a scrape', async () => {
  expect(promtool(['check', 'metrics'], await aFullScrape())).toEqual({ status: 0, text: '' });
});

it.runIf(hasPromtool)('promtool does find what is wrong with one', () => {
  expect(promtool(['check', 'metrics'], '# TYPE a counter\na 1\n').status).not.toBe(0);
});
