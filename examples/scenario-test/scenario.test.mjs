// Is the chain with our function as good as the default chain, on a site like ours? Run it with `node --test`.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MAIN } from '../start.mjs';

const here = (file) => fileURLToPath(new URL(file, import.meta.url));

const simulate = (seed) => {
  const flags = ['--chain', here('chain.yaml'), '--policy', 'default', '--seed', String(seed), '--json'];
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [MAIN, 'simulate', here('scenario.yaml'), ...flags],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  const results = JSON.parse(stdout);
  return Object.fromEntries(results.map((result) => [result.chain, result]));
};

test('our chain has hardly a longer tail than the default chain', () => {
  const ratios = [1, 2, 3].map((seed) => {
    const { chain, default: usual } = simulate(seed);
    return chain.p99 / usual.p99;
  });
  assert.ok(ratios.toSorted((a, b) => a - b)[1] <= 1.15, `p99 of ours by theirs: ${ratios.join(', ')}`);
});
