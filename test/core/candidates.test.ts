import { expect, it } from 'vitest';
import { Candidates, isIdempotent } from '../../src/core/candidates.ts';
import { compileChain } from '../../src/core/chain.ts';
import { decide } from '../../src/core/decide.ts';
import { seededRandom } from '../../src/core/random.ts';
import { aRequest } from '../../src/testing/index.ts';
import { aDoorBoard } from '../support/a-door.ts';
import { aLink } from '../support/an-application.ts';

const decided = (links: Parameters<typeof compileChain>[1] = []) => {
  const servers = Object.fromEntries(['a', 'b', 'c'].map((id, i) => [id, `http://127.0.0.1:${i + 1}`]));
  const { board, pool } = aDoorBoard({ servers });
  const chain = compileChain('c', links, pool, 'undo');
  const context = { request: aRequest(), now: 0, proxies: 1, random: seededRandom(1) };
  const decision = decide(chain, context);
  return { board, pool, decision, candidates: new Candidates(decision.chosen!, decision) };
};

const rest = (candidates: Candidates): readonly (string | undefined)[] => [
  candidates.next()?.id,
  candidates.next()?.id,
  candidates.next()?.id,
];

it('are the ranking without the first, each once', () => {
  expect(rest(decided().candidates)).toEqual(['b', 'c', undefined]);
});

it('leave out what a filter dropped', () => {
  const dropB = aLink('no b', (servers) => servers.filter(({ id }) => id !== 'b'));
  expect(rest(decided([dropB]).candidates)).toEqual(['c', undefined, undefined]);
});

it('leave out servers that were drained or have left since', () => {
  const drained = decided();
  drained.board.setHand('web', 'b', { state: 'drain', reason: '' });
  expect(rest(drained.candidates)).toEqual(['c', undefined, undefined]);
  const gone = decided();
  gone.pool.configure({ name: 'web', servers: [], accept: [] });
  expect(rest(gone.candidates)).toEqual([undefined, undefined, undefined]);
});

it('there are none without a decision', () => {
  const { decision } = decided();
  expect(new Candidates(decision.chosen!, undefined).next()).toBeUndefined();
});

it.each([
  ['GET', true],
  ['HEAD', true],
  ['PUT', true],
  ['DELETE', true],
  ['POST', false],
  ['PATCH', false],
  ['PROPPATCH', false],
  ['get', false],
])('%s may be sent twice: %s', (method, may) => {
  expect(isIdempotent(method)).toBe(may);
});
