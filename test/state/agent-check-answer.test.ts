import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentCheckLine } from '../../agent/agent-check.ts';
import { type AgentSaid, joinAnswer, parseAgentCheck } from '../../src/state/agent-check-answer.ts';

/** What several lines come to; a line that says nothing changes nothing. */
const toldBy = (...lines: readonly string[]): AgentSaid['told'] | undefined =>
  lines.reduce<AgentSaid | undefined>((said, line) => {
    const answer = parseAgentCheck(line);
    return answer ? joinAnswer(said, answer) : said;
  }, undefined)?.told;

describe('an answer', () => {
  it.each([
    ['75%', { weight: 0.75, reason: '' }],
    ['weight:75%', { weight: 0.75, reason: '' }],
    ['weight:120', { weight: 1.2, reason: '' }],
    ['weight:0', { weight: 0, reason: '' }],
    ['200%', { weight: 2, reason: '' }],
    ['12.5%', { weight: 0.125, reason: '' }],
    ['maxconn:30', { maxconn: 30, reason: '' }],
    ['ready', { admin: 'ready', reason: '' }],
    ['DRAIN', { admin: 'drain', reason: '' }],
    ['maint', { admin: 'maint', reason: '' }],
    ['up', { health: 'up', reason: '' }],
    ['down', { health: 'down', reason: '' }],
    ['fail#disk full', { health: 'down', reason: 'disk full' }],
    ['stopped #  by hand, # 3', { health: 'down', reason: 'by hand, # 3' }],
    ['up 83% maxconn:30', { health: 'up', weight: 0.83, maxconn: 30, reason: '' }],
    ['ready,\tup ,50%', { admin: 'ready', health: 'up', weight: 0.5, reason: '' }],
    ['up later:word 10%', { health: 'up', weight: 0.1, reason: '' }],
    ['10% 20%', { weight: 0.2, reason: '' }],
  ])('of %j', (line, answer) => {
    expect(parseAgentCheck(line)).toEqual(answer);
  });

  it.each([
    [''],
    ['   '],
    ['hello'],
    ['# down'],
    ['HTTP/1.1 400 Bad Request'],
    ['120'],
    ['weight:257'],
    ['weight:-1'],
    ['-5%'],
    ['25601%'],
    ['1e3%'],
    ['weight:NaN'],
    ['maxconn:'],
    ['maxconn:-3'],
    ['up\u0000'],
    ['up é'],
    ['up\u001b[31m'],
  ])('that is none: %j', (line) => {
    expect(parseAgentCheck(line)).toBeUndefined();
  });

  it('has numbers in range only, whatever the line', () => {
    const word = fc.oneof(
      fc.constantFrom('up', 'down', 'drain', 'weight:', 'maxconn:', '%', '#', ',', ' ', '1', '99', '.'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const { weight = 1, maxconn = 1, reason = '' } = parseAgentCheck(words.join('')) ?? {};
        expect(weight >= 0 && weight <= 256 && maxconn >= 0 && maxconn <= 1e7).toBe(true);
        expect(reason.length).toBeLessThanOrEqual(200);
      }),
    );
  });
});

describe('several answers', () => {
  it.each([
    [['75%'], { state: 'ready', weight: 0.75 }],
    [['75%', 'maxconn:30'], { state: 'ready', weight: 0.75, custom: { maxconn: 30 } }],
    [['down#disk', '75%'], { state: 'down', weight: 0.75, reason: 'disk' }],
    [['down#disk', 'down'], { state: 'down', reason: '' }],
    [['down#disk', 'up'], { state: 'ready', reason: '' }],
    [['down#disk', 'ready'], { state: 'down' }],
    [['down#disk', 'nonsense'], { state: 'down', reason: 'disk' }],
    [['drain', 'up'], { state: 'drain' }],
    [['drain', 'up', 'ready'], { state: 'ready' }],
    [['maint', 'drain'], { state: 'drain' }],
    [['maint', 'down#x'], { state: 'maint' }],
    [['drain', 'down#x'], { state: 'down', reason: 'x' }],
    [['drain', 'down', 'up'], { state: 'drain', reason: '' }],
  ])('%j', (lines, told) => {
    expect(toldBy(...lines)).toMatchObject(told);
  });

  it('that say the same leave what was told as it is', () => {
    const answer = parseAgentCheck('up 50% maxconn:30');
    const first = answer && joinAnswer(undefined, answer);
    expect(answer && joinAnswer(first, answer).told).toBe(first?.told);
  });

  it('of our own agent: at work, draining, at its end, and back', () => {
    const up = agentCheckLine({ state: 'up', percent: 83, maxconn: 30 }).trim();
    const drain = agentCheckLine({ state: 'drain' }).trim();
    const ended = agentCheckLine({ state: 'ended' }).trim();
    expect(toldBy(up)).toEqual({ state: 'ready', weight: 0.83, reason: '', custom: { maxconn: 30 } });
    expect(toldBy(up, drain)).toMatchObject({ state: 'drain', weight: 0.83 });
    expect(toldBy(up, drain, ended)).toMatchObject({ state: 'down', reason: 'the agent ended' });
    expect(toldBy(up, drain, ended, up)).toMatchObject({ state: 'ready', weight: 0.83, reason: '' });
  });
});
