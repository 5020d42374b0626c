import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type RelayEnd, relayBody } from '../../src/middleware/relay.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const aRelay = (type = 'text/plain') => {
  const answer = Object.assign(new PassThrough(), { headers: { 'content-type': type }, complete: false });
  const res = Object.assign(new PassThrough(), { req: { httpVersion: '1.1' }, socket: null });
  const ends: RelayEnd[] = [];
  let bytes = 0;
  const closed = relayBody(
    answer as unknown as IncomingMessage,
    res as unknown as ServerResponse,
    1000,
    (size) => {
      bytes += size;
    },
    (end) => ends.push(end),
  );
  return { answer, res, ends, closed, bytes: () => bytes };
};

describe('an answer', () => {
  it('is passed on whole, counted, and ends once', async () => {
    const { answer, res, ends, closed, bytes } = aRelay();
    const all = res.toArray();
    answer.write('one');
    answer.complete = true;
    answer.end('two');
    expect(Buffer.concat(await all).toString()).toBe('onetwo');
    await turn();
    closed();
    expect(ends).toEqual(['done']);
    expect(bytes()).toBe(6);
  });

  it('that the server cuts is cut for the client', async () => {
    const { answer, res, ends } = aRelay();
    answer.destroy(new Error('aborted'));
    await turn();
    expect(ends).toEqual(['cut_by_server']);
    expect(res.destroyed).toBe(true);
    expect(res.writableFinished).toBe(false);
  });

  it('whose client has gone lets the server go', async () => {
    const { answer, ends, closed } = aRelay();
    closed();
    await turn();
    expect(ends).toEqual(['cut_by_client']);
    expect(answer.destroyed).toBe(true);
  });

  it('ends when the server is silent for too long, counted from its last piece', async () => {
    const { answer, res, ends } = aRelay();
    res.resume();
    vi.advanceTimersByTime(900);
    answer.write('x');
    await turn();
    vi.advanceTimersByTime(900);
    expect(ends).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(ends).toEqual(['idle_server']);
  });

  it('ends when the client takes nothing for too long, and does not blame the server', async () => {
    const { answer, ends } = aRelay('text/event-stream');
    answer.write(Buffer.alloc(100_000));
    await turn();
    vi.advanceTimersByTime(1100);
    expect(ends).toEqual(['idle_client']);
  });

  it.each(['text/event-stream', 'Text/Event-Stream; charset=utf-8'])('of type %s may be silent', (type) => {
    const { ends } = aRelay(type);
    vi.advanceTimersByTime(100_000);
    expect(ends).toEqual([]);
  });

  it('leaves no timer behind', async () => {
    const { answer } = aRelay();
    answer.destroy();
    await turn();
    expect(vi.getTimerCount()).toBe(0);
  });
});
