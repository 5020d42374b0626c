import { expect, it } from 'vitest';
import { agentTokens, fleetTokens } from '../../../src/control/fleet/token-specs.ts';
import { Tokens } from '../../../src/state/tokens.ts';
import { readText, withPool } from '../../config/support.ts';

const configOf = async (more: string) => (await readText(withPool(more))).config;

it('gives agents what their tokens allow', async () => {
  const config = await configOf(
    'agents: { listen: "http://127.0.0.1:1", token: x, tokens: [{ name: a, token: y, pools: [web], from: [10.0.0.0/8] }] }',
  );
  const tokens = new Tokens(agentTokens(config));
  expect(tokens.grantOf('x')).toEqual({ name: 'agents' });
  const grant = tokens.grantOf('y');
  expect(grant).toMatchObject({ name: 'a', pools: new Set(['web']) });
  expect(grant?.from?.map(({ text }) => text)).toEqual(['10.0.0.0/8']);
});

it('takes reports that the fleet has signed, and allows an agent no more for having the same token', async () => {
  const config = await configOf(
    `state: { driver: redis, url: "redis://127.0.0.1", token: both }
agents: { tokens: [{ name: a, token: both, pools: [web] }] }`,
  );
  expect(new Tokens(fleetTokens(config)).grantOf('both')).toMatchObject({
    name: 'a',
    pools: new Set(['web']),
  });
  const alone = await configOf('state: { driver: redis, url: "redis://127.0.0.1", token: own }');
  expect(new Tokens(fleetTokens(alone)).grantOf('own')).toEqual({ name: 'fleet' });
  expect(agentTokens(alone)).toEqual([]);
});
