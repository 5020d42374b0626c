import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, describe, expect } from 'vitest';

/** Debian's Chromium; another can be named by CHROMIUM. */
const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** For a test, ms: a page needs seconds where every core has other work. */
const TIME_LIMIT_MS = 90_000;
/** Longest wait for what must come, ms. */
const PATIENT = { timeout: 30_000 };

/** Looks until it sees what it should: a page draws some time after a click. */
export const seen: typeof expect.poll = (look) => expect.poll(look, PATIENT);

const there = existsSync(EXECUTABLE);
if (!there && !process.env['CI'])
  console.warn(`\n*** ${EXECUTABLE} is not there: the tests of the page in a browser are SKIPPED ***\n`);

/** A describe whose tests need a browser. Without one it is skipped with a warning; where CI is set, its tests fail. */
export const describeInBrowser = (name: string, tests: () => void): void => {
  describe.skipIf(!there && !process.env['CI'])(name, { timeout: TIME_LIMIT_MS }, tests);
};

let browser: Browser | undefined;
afterAll(async () => {
  await browser?.close();
  browser = undefined;
});

export interface Visit {
  readonly page: Page;
  /** Errors and warnings of the console (violations of the content security policy among them), and what was thrown. */
  readonly complaints: string[];
  /** Every URL that the page asked for. */
  readonly requested: string[];
  close(): Promise<void>;
}

export interface Eyes {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** Opens a URL in a profile of its own and notes what happens there. */
export const visit = async (
  url: string,
  { width = 1280, height = 900, colorScheme = 'light' }: Eyes = {},
): Promise<Visit> => {
  browser ??= await chromium.launch({ executablePath: EXECUTABLE, args: ARGS });
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requested: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => requested.push(request.url()));
  await page.goto(url);
  return { page, complaints, requested, close: () => context.close() };
};
