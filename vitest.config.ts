import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Most tests wait for something most of the time: every core has work, also where there are two.
    maxWorkers: '100%',
    // Far above what any test takes: machines that are busy or slow are no reason to fail.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    passWithNoTests: false,
  },
});
