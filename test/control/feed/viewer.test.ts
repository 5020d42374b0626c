import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventMessage, GZIP_HEAD, type Message } from '../../../src/control/feed/message.ts';
import { PATIENCE_MS, takesGzip, Viewer } from '../../../src/control/feed/viewer.ts';

/** The other end of a feed: takes everything, or nothing until it is told to. */
class FakeResponse extends EventEmitter {
  readonly written: Buffer[] = [];
  headers: Readonly<Record<string, string>> = {};
  takes = true;
  destroyed = false;

  writeHead(_status: number, headers: Readonly<Record<string, string>>): void {
    this.headers = headers;
  }
  write(part: Buffer): boolean {
    this.written.push(part);
    return this.takes;
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
  get text(): string {
    return Buffer.concat(this.written).toString();
  }
}

const aViewer = (acceptEncoding = '') => {
  const socket = { setTimeout: vi.fn(), setNoDelay: vi.fn() };
  const req = { headers: { 'accept-encoding': acceptEncoding }, socket };
  const res = new FakeResponse();
  const gone = vi.fn();
  const viewer = new Viewer(
    req as unknown as IncomingMessage,
    res as unknown as ServerResponse,
    { 'cache-control': 'no-store' },
    gone,
  );
  return { viewer, res, socket, gone };
};

const snapshot = (id: number): Message => eventMessage('snapshot', String(id), id);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('somebody who reads', () => {
  it('gets every message as it is made, and no limit of other answers', () => {
    const { viewer, res, socket } = aViewer();
    viewer.send(snapshot(1), true);
    viewer.send(eventMessage('event', '{}'), false);
    expect(res.text).toBe('event: snapshot\nid: 1\ndata: 1\n\nevent: event\ndata: {}\n\n');
    expect(res.headers).toMatchObject({ 'cache-control': 'no-store' });
    expect(socket.setTimeout).toHaveBeenCalledWith(0);
    vi.advanceTimersByTime(10 * PATIENCE_MS);
    expect(res.destroyed).toBe(false);
  });

  it('gets one gzip stream of pieces that others get too', () => {
    const { viewer, res } = aViewer('gzip');
    const shared = snapshot(1);
    const event = eventMessage('event', '"ü"');
    for (let i = 0; i < 3; i++) viewer.send(shared, true);
    viewer.send(event, false);
    const text = gunzipSync(Buffer.concat(res.written), { finishFlush: constants.Z_SYNC_FLUSH }).toString();
    expect(text).toBe(shared.plain.toString().repeat(3) + event.plain.toString());
    expect(res.written[0]).toBe(GZIP_HEAD);
    expect(res.written[1]).toBe(shared.deflated);
  });
});

describe('somebody who does not read', () => {
  const aSleeper = () => {
    const all = aViewer();
    all.res.takes = false;
    all.viewer.send(snapshot(1), true);
    return all;
  };

  it('has at most one snapshot waiting, the newest, and nothing else', () => {
    const { viewer, res } = aSleeper();
    for (let i = 2; i <= 20; i++) {
      viewer.send(snapshot(i), true);
      viewer.send(eventMessage('event', '{}'), false);
    }
    expect(res.written).toHaveLength(1);
    res.emit('drain');
    expect(res.written).toHaveLength(2);
    expect(res.text).toContain('data: 20\n');
    res.takes = true;
    res.emit('drain');
    viewer.send(eventMessage('event', '{}'), false);
    expect(res.written).toHaveLength(3);
  });

  it('is let go after a while', () => {
    const { res, gone } = aSleeper();
    vi.advanceTimersByTime(PATIENCE_MS - 1);
    expect(res.destroyed).toBe(false);
    vi.advanceTimersByTime(1);
    expect(res.destroyed).toBe(true);
    expect(gone).toHaveBeenCalledOnce();
  });

  it('has his time anew whenever he has read', () => {
    const { viewer, res } = aSleeper();
    vi.advanceTimersByTime(PATIENCE_MS - 1);
    viewer.send(snapshot(2), true);
    res.emit('drain');
    vi.advanceTimersByTime(PATIENCE_MS - 1);
    expect(res.destroyed).toBe(false);
    vi.advanceTimersByTime(1);
    expect(res.destroyed).toBe(true);
  });

  it('leaves no timer behind when he goes', () => {
    const { res } = aSleeper();
    res.emit('close');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a client takes gzip', () => {
  it.each(['gzip', 'br, gzip', 'GZIP;q=0.5', '*', 'deflate, *;q=0.1'])('that says %j', (field) => {
    expect(takesGzip(field)).toBe(true);
  });
  it.each(['', 'br', 'identity', 'gzip;q=0', 'gzip; q=0.000', '*;q=0', 'x-gzip2', 'gzip;q=0, *'])(
    'unless it says %j',
    (field) => {
      expect(takesGzip(field)).toBe(false);
    },
  );
});
