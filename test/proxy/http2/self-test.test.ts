import { execFile } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';
import { http2Fault } from '../../../src/proxy/http2/self-test.ts';

vi.mock('node:child_process', async (original) => {
  const actual = await original<typeof import('node:child_process')>();
  return { ...actual, execFile: vi.fn(actual.execFile) };
});

type Ended = (error: unknown) => void;
const endsWith = (error: unknown): void => {
  vi.mocked(execFile).mockImplementationOnce(((...args: unknown[]) => {
    (args.at(-1) as Ended)(error);
  }) as never);
};

describe('the trial of HTTP/2', () => {
  it('comes to an end on this Node', async () => {
    const fault = await http2Fault();
    if (fault !== undefined) expect(fault).toContain(`Node ${process.versions.node} `);
    expect(execFile).toHaveBeenCalledOnce();
  });

  it.each([
    ['aborts by a signal', { signal: 'SIGABRT', code: null }],
    ['aborts by an exit code', { signal: null, code: 134 }],
  ])('finds a Node that %s', async (_what, error) => {
    endsWith(error);
    expect(await http2Fault()).toContain('nodejs/node#64850');
  });

  it.each([
    ['no process can be had', { code: 'EAGAIN' }],
    ['it takes too long', { signal: 'SIGTERM', killed: true, code: null }],
    ['nothing is wrong', null],
  ])('says nothing where %s', async (_what, error) => {
    endsWith(error);
    expect(await http2Fault()).toBeUndefined();
  });
});
