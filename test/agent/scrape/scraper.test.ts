import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Scraper } from '../../../agent/scrape/scraper.ts';

let folder = '';
let file = '';
let now = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forehand-scraper-'));
  file = join(folder, 'numbers');
  now = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

const aScraper = (metrics?: Record<string, string>, from = file): Scraper =>
  new Scraper({ from, ...(metrics ? { metrics } : {}) }, { now: () => now, ref: true });

/** What a scraper says of a file with this text. */
const reading = async (text: string, metrics?: Record<string, string>): Promise<Scraper> => {
  writeFileSync(file, text);
  const scraper = aScraper(metrics);
  await scraper.look();
  return scraper;
};

describe('a source', () => {
  it.each([
    ['JSON', '  {"inFlight":2,"jobs":7}', { inFlight: 2, custom: { queue: 7 } }],
    ['Prometheus text', '# TYPE jobs gauge\njobs 7\n', { custom: { queue: 7 } }],
  ])('is read as %s where it looks so', async (_, text, stats) => {
    expect((await reading(text, { queue: 'jobs' })).stats(5000)).toEqual(stats);
  });

  it('may be a file by its URL', async () => {
    writeFileSync(file, '{"inFlight":2}');
    const scraper = aScraper({}, pathToFileURL(file).href);
    await scraper.look();
    expect(scraper.stats(5000)).toEqual({ inFlight: 2 });
    expect(scraper.name).toBe(file);
  });

  it('is silent before it was read, and when its numbers are too old', async () => {
    expect(aScraper().stats(5000)).toEqual({});
    const scraper = await reading('{"inFlight":2}');
    rmSync(file);
    now = 5000;
    await scraper.look();
    expect(scraper.stats(5000)).toEqual({ inFlight: 2 });
    expect(scraper.fault?.message).toMatch(/numbers: ENOENT/);
    now = 5001;
    expect(scraper.stats(5000)).toEqual({});
  });

  it('says what is wrong with it, and no longer when that is over', async () => {
    const scraper = await reading('{"inFlight":-1,"serviceTime":3}');
    expect(scraper.fault).toMatchObject({
      code: 'scrape_number',
      message: expect.stringMatching(/inFlight/),
    });
    expect(scraper.stats(5000)).toEqual({ serviceTime: 3 });
    writeFileSync(file, '{');
    now = 1000;
    await scraper.look();
    expect(scraper.fault).toMatchObject({
      code: 'scrape',
      message: expect.stringMatching(/numbers: .*JSON/),
    });
    writeFileSync(file, '{"inFlight":1}');
    now = 2000;
    await scraper.look();
    expect(scraper.fault).toBeUndefined();
    expect(scraper.stats(5000)).toEqual({ inFlight: 1 });
  });

  it('tells what was asked for and is not there', async () => {
    const scraper = await reading('a 1\n', { a: 'a', b: 'b' });
    expect([scraper.missing, scraper.asksFor('custom.b'), scraper.asksFor('b')]).toEqual([
      ['custom.b'],
      true,
      false,
    ]);
  });

  it('is read by one at a time', async () => {
    writeFileSync(file, '{"inFlight":1}');
    const scraper = aScraper();
    const [first, second] = [scraper.look(), scraper.look()];
    writeFileSync(file, '{"inFlight":2}');
    await Promise.all([first, second]);
    await scraper.look();
    expect(scraper.stats(5000)).toEqual({ inFlight: 2 });
  });

  it('with a large page is read less often', async () => {
    const scraper = await reading(`a 1\n${'#'.repeat(399_996)}`, { a: 'a' });
    writeFileSync(file, 'a 2\n');
    now = 1999;
    await scraper.look();
    expect(scraper.stats(5000)).toEqual({ custom: { a: 1 } });
    now = 2000;
    await scraper.look();
    expect(scraper.stats(5000)).toEqual({ custom: { a: 2 } });
  });

  it.each(['', 'ftp://host/x', 'http://', 'http://%', 'file://host/x', 'unix:///x'])(
    'cannot be %j',
    (from) => {
      expect(() => aScraper({}, from)).toThrow(TypeError);
    },
  );
});
