import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Problems } from '../../../agent/problems.ts';
import { FilePlace } from '../../../agent/scrape/file-place.ts';
import { Scraped } from '../../../agent/scrape/scraped.ts';
import type { ScrapeSource } from '../../../agent/scrape/wanted.ts';

let folder = '';
let now = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forehand-scraped-'));
  now = 0;
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const written = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const scraping = (sources: readonly ScrapeSource[], interval = 250) => {
  const told: string[] = [];
  const problems = new Problems((problem) => void told.push(String(problem)));
  return { told, scraped: new Scraped(sources, { interval, now: () => now, ref: true, problems }) };
};

describe('the numbers of all sources', () => {
  it('are joined, later sources over earlier ones and the application over all', async () => {
    const first = written(
      'a',
      '{"inFlight":1,"serviceTime":5,"slots":{"total":4,"available":3},"custom":{"a":1,"b":1}}',
    );
    const second = written('b', '{"inFlight":2,"custom":{"b":2,"c":2}}');
    const { scraped, told } = scraping([{ from: first }, { from: second }]);
    await scraped.look();
    expect(scraped.under({ serviceTime: 9, custom: { c: 3 } })).toEqual({
      inFlight: 2,
      serviceTime: 9,
      slots: { total: 4, available: 3 },
      custom: { a: 1, b: 2, c: 3 },
    });
    expect(told).toEqual([]);
  });

  it('are as many as a report holds, those of the application first', async () => {
    const many = Object.fromEntries(Array.from({ length: 63 }, (_, i) => [`n${i}`, i]));
    const { scraped, told } = scraping([{ from: written('a', JSON.stringify({ custom: many })) }]);
    await scraped.look();
    const { custom = {} } = scraped.under({ custom: { x: 1, y: 2 } });
    expect(Object.keys(custom)).toHaveLength(64);
    expect(custom).toMatchObject({ x: 1, y: 2 });
    expect(told).toEqual(['an agent reports at most 64 numbers, so n62 is left out']);
  });

  it('that are in one of the sources are missed in none', async () => {
    const metrics = { queue: 'jobs', rows: 'rows' };
    const [a, b] = [written('a', '{"jobs":1}'), written('b', 'other 1\n')];
    const { scraped, told } = scraping([
      { from: a, metrics },
      { from: b, metrics },
    ]);
    await scraped.look();
    expect(scraped.under({})).toEqual({ custom: { queue: 1 } });
    expect(told).toEqual([`${a}: no custom.rows there`]);
  });

  it('are told of once when they cannot be had, and again after they could', async () => {
    const { scraped, told } = scraping([{ from: join(folder, 'late') }]);
    for (let i = 0; i < 3; i++) await scraped.look();
    expect(told).toHaveLength(1);
    written('late', '{}');
    await scraped.look();
    rmSync(join(folder, 'late'));
    now = 250;
    await scraped.look();
    expect(told).toEqual([expect.stringContaining('ENOENT'), expect.stringContaining('ENOENT')]);
  });

  it.each([
    [250, 5000],
    [2000, 10_000],
  ])('at an interval of %d ms are kept for %d ms', async (interval, keep) => {
    const { scraped } = scraping([{ from: written('a', '{"inFlight":1}') }], interval);
    await scraped.look();
    now = keep;
    expect(scraped.under({})).toEqual({ inFlight: 1 });
    now = keep + 1;
    expect(scraped.under({})).toEqual({});
  });

  it('are waited for at the start, and after that only for a moment', async () => {
    const { scraped } = scraping([{ from: written('a', '{"inFlight":1}') }]);
    let answer: (text: string) => void = () => undefined;
    const slow = vi.spyOn(FilePlace.prototype, 'read').mockImplementation(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const first = scraped.look();
    answer('{"inFlight":1}');
    await first;
    expect(scraped.under({})).toEqual({ inFlight: 1 });
    now = 250;
    await scraped.look();
    await scraped.look();
    expect(slow).toHaveBeenCalledTimes(2);
    answer('{"inFlight":7}');
    await vi.waitFor(() => expect(scraped.under({})).toEqual({ inFlight: 7 }));
  });

  it('are missed by nobody once they are closed', async () => {
    const { scraped, told } = scraping([{ from: join(folder, 'none') }]);
    const looked = scraped.look();
    scraped.close();
    await looked;
    expect(told).toEqual([]);
  });

  it('are none without a source', async () => {
    const { scraped } = scraping([]);
    await scraped.look();
    expect(scraped.under({ inFlight: 1 })).toEqual({ inFlight: 1 });
  });
});
