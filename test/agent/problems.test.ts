import { expect, it } from 'vitest';
import { type AgentProblem, Problems } from '../../agent/problems.ts';

it('tells of a problem once while it goes on, and counts it', () => {
  const told: AgentProblem[] = [];
  const problems = new Problems((problem) => void told.push(problem));
  for (const i of [1, 2, 3]) problems.begin('report', new Error(`refused ${i}`), 'token');
  expect(told).toHaveLength(1);
  expect(problems.list).toEqual([expect.objectContaining({ code: 'token', message: 'refused 3', count: 3 })]);
  expect(String(told[0])).toBe('refused 3');
});

it('tells of it again after it had ended, and of another one at once', () => {
  const codes: string[] = [];
  const problems = new Problems(({ code }) => void codes.push(code));
  problems.begin('report', 'x', 'unreachable');
  problems.begin('report', 'x', 'token');
  problems.begin('sample', 'x');
  problems.end('report');
  problems.begin('report', 'x', 'token');
  problems.begin('sample', 'x');
  expect(codes).toEqual(['unreachable', 'token', 'sample', 'token']);
});

it('keeps the last twenty', () => {
  const problems = new Problems(() => undefined);
  for (let i = 0; i < 30; i++) problems.begin('report', 'x', `code${i}`);
  expect(problems.list.map(({ code }) => code)).toEqual(
    Array.from({ length: 20 }, (_, i) => `code${i + 10}`),
  );
});
