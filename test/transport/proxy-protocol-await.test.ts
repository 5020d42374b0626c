import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { awaitProxyHeader } from '../../src/transport/proxy-protocol-await.ts';
import { aConnection, aListeningOwner } from './a-connection.ts';

const LINE = 'PROXY TCP4 192.0.2.1 203.0.113.7 56324 443\r\n';

const awaiting = (options: { isTrusted?: (address: string) => boolean; timeout?: number } = {}) => {
  const connection = aConnection();
  const owner = aListeningOwner();
  const refusals: string[] = [];
  let done = 0;
  awaitProxyHeader(
    connection,
    { isTrusted: () => true, ...options },
    () => {
      done += 1;
      connection.owner = owner;
    },
    (reason) => refusals.push(reason),
  );
  const receive = (text: string): void => {
    const bytes = Buffer.from(`..${text}..`);
    connection.owner.onData(bytes, 2, bytes.length - 2);
    bytes.fill(0);
  };
  return { connection, owner, refusals, receive, done: () => done };
};

describe('a connection that has to begin with a PROXY header', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('gets the ends that the header tells, and its owner the bytes behind it', () => {
    const { connection, owner, receive } = awaiting();
    receive(`${LINE}GET /`);
    expect(owner.text).toBe('GET /');
    expect(connection).toMatchObject({
      remoteAddress: '192.0.2.1',
      remotePort: 56_324,
      localAddress: '203.0.113.7',
      localPort: 443,
    });
  });

  it('takes the header byte by byte', () => {
    const { connection, owner, receive, done } = awaiting();
    for (const char of LINE) receive(char);
    expect(done()).toBe(1);
    expect(owner.text).toBe('');
    receive('GET /');
    expect(owner.text).toBe('GET /');
    expect(connection.remoteAddress).toBe('192.0.2.1');
  });

  it('keeps its own ends where the header knows nothing', () => {
    const { connection, receive, done } = awaiting();
    receive('PROXY UNKNOWN\r\n');
    expect(done()).toBe(1);
    expect(connection).toMatchObject({ remoteAddress: '10.0.0.1', remotePort: 1111, localPort: 80 });
  });

  it('is closed when the peer is not trusted, before anything is read', () => {
    const asked: string[] = [];
    const { connection, refusals, done } = awaiting({
      isTrusted: (address) => {
        asked.push(address);
        return false;
      },
    });
    expect(asked).toEqual(['10.0.0.1']);
    expect([connection.isClosed, refusals, done()]).toEqual([true, ['untrusted'], 0]);
  });

  it('is asked about by an empty address if it is a unix socket, not if its TCP peer is gone', () => {
    const isTrusted = vi.fn(() => true);
    const unix = { ...aConnection(), remoteAddress: '', remotePort: 0, localAddress: '', localPort: 0 };
    const gone = { ...aConnection(), remoteAddress: '', remotePort: 0 };
    const refusals: string[] = [];
    for (const connection of [unix, gone])
      awaitProxyHeader(
        connection,
        { isTrusted },
        () => {},
        (reason) => refusals.push(reason),
      );
    expect([unix.isClosed, gone.isClosed]).toEqual([false, true]);
    expect(isTrusted.mock.calls).toEqual([['']]);
    expect(refusals).toEqual(['ENOTCONN']);
  });

  it('is closed when something else comes', () => {
    const { connection, refusals, receive, done } = awaiting();
    receive('GET / HTTP/1.1\r\n');
    expect([connection.isClosed, refusals, done()]).toEqual([true, ['malformed'], 0]);
  });

  it('is closed when the header is not complete in time, however it drips', () => {
    const { connection, refusals, receive } = awaiting({ timeout: 1000 });
    receive('PROXY');
    vi.advanceTimersByTime(999);
    receive(' ');
    expect(connection.isClosed).toBe(false);
    vi.advanceTimersByTime(1);
    expect([connection.isClosed, refusals]).toEqual([true, ['timeout']]);
  });

  it('waits three seconds if nothing else is said', () => {
    const { connection } = awaiting();
    vi.advanceTimersByTime(2999);
    expect(connection.isClosed).toBe(false);
    vi.advanceTimersByTime(1);
    expect(connection.isClosed).toBe(true);
  });

  it('is closed when the peer ends within the header', () => {
    const { connection, refusals } = awaiting();
    connection.owner.onEnd();
    expect([connection.isClosed, refusals]).toEqual([true, ['ended']]);
    vi.runAllTimers();
    expect(refusals).toHaveLength(1);
  });

  it('tells the code when it breaks', () => {
    const { connection, refusals } = awaiting();
    connection.isClosed = true;
    connection.owner.onFailed('ECONNRESET');
    vi.runAllTimers();
    expect(refusals).toEqual(['ECONNRESET']);
  });

  it('has no time limit of ours once the header is there', () => {
    const { connection, refusals, receive } = awaiting();
    receive(LINE);
    vi.runAllTimers();
    expect([connection.isClosed, refusals]).toEqual([false, []]);
  });

  it('is silent after somebody else closed it', () => {
    const { connection, refusals } = awaiting();
    connection.close();
    vi.runAllTimers();
    expect(refusals).toEqual([]);
  });

  it('hands nothing on when the new owner closes it at once', () => {
    const connection = aConnection();
    const owner = aListeningOwner();
    awaitProxyHeader(
      connection,
      { isTrusted: () => true },
      () => {
        connection.owner = owner;
        connection.close();
      },
      () => {},
    );
    const bytes = Buffer.from(`${LINE}GET /`);
    connection.owner.onData(bytes, 0, bytes.length);
    expect(owner.text).toBe('');
  });
});
