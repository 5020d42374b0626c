import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { expect, it, onTestFinished } from 'vitest';
import { type Connection, type ConnectionOwner, HEADROOM } from '../../src/transport/connection.ts';
import { connectLocal } from '../../src/transport/local-connection.ts';
import { eventually } from '../support/eventually.ts';

/** Writes down what it hears. */
class Owner implements ConnectionOwner {
  readonly said: string[] = [];
  text = '';
  bytes = 0;
  /** It is inside a call to the connection. */
  isCalling = false;
  onReceived: (bytes: Buffer, start: number, end: number) => void = () => undefined;
  onConnected(): void {
    this.#hear('connected');
  }
  onData(bytes: Buffer, start: number, end: number): void {
    expect(this.isCalling).toBe(false);
    expect(start).toBeGreaterThanOrEqual(HEADROOM);
    // As the engine may: what stands before is free.
    bytes.fill(0x58, start - HEADROOM, start);
    this.bytes += end - start;
    if (this.bytes < 10_000) this.text += bytes.toString('latin1', start, end);
    this.onReceived(bytes, start, end);
  }
  onEnd(): void {
    this.#hear('end');
  }
  onDrained(): void {
    this.#hear('drained');
  }
  onFailed(code: string): void {
    this.#hear(code);
  }
  #hear(word: string): void {
    expect(this.isCalling).toBe(false);
    this.said.push(word);
  }
}

interface Ends {
  readonly owner: Owner;
  readonly connection: Connection;
  readonly stream: Duplex;
  /** Calls the connection; nothing may be heard meanwhile. */
  call<T>(step: (connection: Connection) => T): T;
}

const connected = async (): Promise<Ends> => {
  const owner = new Owner();
  let stream: Duplex | undefined;
  const connection = connectLocal(owner, (given) => {
    stream = given;
  });
  onTestFinished(() => connection.close());
  expect(stream, 'nobody hears of it before the next turn').toBeUndefined();
  await eventually(() => owner.said.includes('connected'), 'it is connected');
  const call: Ends['call'] = (step) => {
    owner.isCalling = true;
    try {
      return step(connection);
    } finally {
      owner.isCalling = false;
    }
  };
  return { owner, connection, stream: stream!, call };
};

const text = (size: number): Buffer => Buffer.alloc(size, 'abcdefghijklmnopqrstuvwxyz');

it('carries bytes both ways, and never tells of them within a call', async () => {
  const { owner, stream, call } = await connected();
  stream.on('data', (bytes: Buffer) => stream.write(bytes.toString('latin1').toUpperCase()));
  const given = Buffer.from('hello');
  expect(call((connection) => connection.write(given))).toBe(true);
  // The bytes are the caller's again.
  given.fill(0);
  await eventually(() => owner.text === 'HELLO', 'the answer is there');
});

it('ends each direction by itself, what was written before included', async () => {
  const { owner, stream, call } = await connected();
  let heard = '';
  stream.on('data', (bytes: Buffer) => {
    heard += bytes.toString();
  });
  call((connection) => connection.write(Buffer.from('last words')));
  call((connection) => connection.end());
  await once(stream, 'end');
  expect(heard).toBe('last words');
  stream.end('an answer nevertheless');
  await eventually(() => owner.said.includes('end'), 'the end is heard');
  expect(owner.text).toBe('an answer nevertheless');
  expect(owner.said).toEqual(['connected', 'end']);
});

it('makes the writer wait while the other end does not read, and holds no more than a piece beyond its limit', async () => {
  const { owner, stream, call } = await connected();
  let taken = 0;
  while (call((connection) => connection.write(text(10_000)))) taken += 10_000;
  expect(taken).toBeLessThan(200_000);
  expect(owner.said).toEqual(['connected']);
  let heard = 0;
  stream.on('data', (bytes: Buffer) => {
    heard += bytes.length;
  });
  await eventually(() => owner.said.includes('drained'), 'it may write again');
  await eventually(() => heard === taken + 10_000, 'all of it has come');
});

it('makes the other end wait while its owner does not read', async () => {
  const { owner, stream, call } = await connected();
  call((connection) => connection.readStop());
  let isWritten = false;
  stream.write(text(300_000), () => {
    isWritten = true;
  });
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect([owner.bytes, isWritten]).toEqual([0, false]);
  call((connection) => connection.readStart());
  await eventually(() => isWritten, 'it was taken');
  expect(owner.bytes).toBe(300_000);
});

it('stops in the middle of what was written, and goes on there', async () => {
  const { owner, connection, stream } = await connected();
  const pieces: Buffer[] = [];
  owner.onReceived = (bytes, start, end) => {
    pieces.push(Buffer.from(bytes.subarray(start, end)));
    connection.readStop();
    setImmediate(() => setImmediate(() => connection.readStart()));
  };
  const sent = text(1_000_003);
  for (let at = 0; at < sent.length; at += 100_000) stream.write(sent.subarray(at, at + 100_000));
  stream.end();
  await eventually(() => owner.said.includes('end'), 'all is read');
  expect(Buffer.concat(pieces).equals(sent)).toBe(true);
});

it('says so when the other end goes without an end, but only behind what that had written', async () => {
  const { owner, stream, connection } = await connected();
  stream.write('half an ans');
  stream.destroy();
  await eventually(() => owner.said.length > 1, 'it is heard');
  expect(owner.said).toEqual(['connected', 'ECONNRESET']);
  expect(owner.text).toBe('half an ans');
  expect(connection.isClosed).toBe(true);
});

it('fails when something is written to an end that has gone', async () => {
  const { owner, stream, call } = await connected();
  stream.resume();
  stream.end();
  call((connection) => connection.end());
  await once(stream, 'close');
  await eventually(() => owner.said.includes('end'), 'its end is heard');
  expect(call((connection) => connection.write(Buffer.from('x')))).toBe(false);
  await eventually(() => owner.said.includes('EPIPE'), 'the failure is heard');
});

it.each([
  ['close', undefined],
  ['reset', 'ECONNRESET'],
] as const)('destroys the other end when it is told to %s, and is silent from then on', async (how, code) => {
  const { owner, stream, call, connection } = await connected();
  let error: NodeJS.ErrnoException | undefined;
  stream.on('error', (thrown) => {
    error = thrown;
  });
  let isWritten = false;
  call(() => connection.readStop());
  stream.write('never read', () => {
    isWritten = true;
  });
  const closed = new Promise((resolve) => stream.once('close', resolve));
  call(() => connection[how]());
  await closed;
  await eventually(() => isWritten, 'the writer knows');
  expect(error?.code).toBe(code);
  expect(owner.said).toEqual(['connected']);
  expect(connection.write(Buffer.from('x'))).toBe(false);
});

it('refuses where nobody takes the other end, and ends where who listens throws', async () => {
  const refused = new Owner();
  connectLocal(refused, () => {
    throw new Error('nobody');
  });
  await eventually(() => refused.said.length > 0, 'it is refused');
  expect(refused.said).toEqual(['ECONNREFUSED']);
  const { owner, stream, call } = await connected();
  stream.on('data', () => {
    throw new Error('a fault of the application');
  });
  call((connection) => connection.write(Buffer.from('x')));
  await eventually(() => owner.said.length > 1, 'it has ended');
  expect(owner.said).toEqual(['connected', 'ECONNRESET']);
});

it('connects nobody when it was closed before', async () => {
  let isAccepted = false;
  const owner = new Owner();
  connectLocal(owner, () => {
    isAccepted = true;
  }).close();
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect([isAccepted, owner.said]).toEqual([false, []]);
});
