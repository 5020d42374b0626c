import { describe, expect, it } from 'vitest';
import { TRANSPORTS } from '../support/an-engine.ts';
import { ANSWER_CONTENT_DUTIES } from './duties/answer-content.ts';
import { ANSWER_DUTIES } from './duties/answers.ts';
import { CONNECTION_DUTIES } from './duties/connections.ts';
import { FEATURE_DUTIES } from './duties/features.ts';
import { FORWARDING_DUTIES } from './duties/forwarding.ts';
import { type Duty, hopOn } from './duties/hop.ts';
import { OWN_ANSWER_DUTIES } from './duties/own-answers.ts';
import { REQUEST_CONTENT_DUTIES } from './duties/request-content.ts';
import { REQUEST_DUTIES } from './duties/requests.ts';
import { TARGET_DUTIES } from './duties/targets.ts';
import { UPGRADE_DUTIES } from './duties/upgrades.ts';

const DUTIES: readonly Duty[] = [
  ...TARGET_DUTIES,
  ...REQUEST_DUTIES,
  ...REQUEST_CONTENT_DUTIES,
  ...ANSWER_DUTIES,
  ...ANSWER_CONTENT_DUTIES,
  ...OWN_ANSWER_DUTIES,
  ...CONNECTION_DUTIES,
  ...FORWARDING_DUTIES,
  ...UPGRADE_DUTIES,
  ...FEATURE_DUTIES,
];

describe.each(TRANSPORTS)('an intermediary on %s', (transport) => {
  it.each(DUTIES)('%s, %s: %s', async (_section, _level, _what, check) => {
    await check(hopOn(transport));
  });
});

describe('the table of duties', () => {
  it.each([
    ['MUST', 59],
    ['SHOULD', 15],
    ['FEATURE', 21],
  ])('has every %s that is demanded', (wanted, least) => {
    expect(DUTIES.filter(([, level]) => level === wanted).length).toBeGreaterThanOrEqual(least);
  });
});
