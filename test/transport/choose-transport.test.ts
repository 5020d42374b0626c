import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterEach, describe, expect, it } from 'vitest';
import { chooseTransport } from '../../src/transport/choose-transport.ts';
import type { Transport } from '../../src/transport/connection.ts';
import { netTransport } from '../../src/transport/net.ts';
import { selfTest } from '../../src/transport/self-test.ts';
import { eventually } from '../support/eventually.ts';

const node = process as unknown as { binding: unknown };
const binding = node.binding;

const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((name) => /^(TCP|Pipe)/.test(name)).length;

describe('the choice of a transport', () => {
  afterEach(() => {
    node.binding = binding;
  });

  it.each([
    ['auto', undefined, 'raw', 'the raw transport works here'],
    ['auto', '', 'raw', 'the raw transport works here'],
    ['raw', undefined, 'raw', 'asked for by the configuration'],
    ['net', undefined, 'net', 'asked for by the configuration'],
    ['raw', 'net', 'net', 'asked for by FOREHAND_TRANSPORT'],
    ['net', 'raw', 'raw', 'asked for by FOREHAND_TRANSPORT'],
    ['net', 'auto', 'raw', 'the raw transport works here'],
  ] as const)('of %s with %s in the environment is %s', async (wanted, fromEnvironment, name, reason) => {
    const chosen = await chooseTransport(wanted, fromEnvironment);
    expect([chosen.transport.name, chosen.reason]).toEqual([name, reason]);
  });

  it('refuses a value of the environment that it does not know', async () => {
    await expect(chooseTransport('auto', 'fast')).rejects.toThrow(
      'FOREHAND_TRANSPORT is "fast"; it can be auto, net or raw',
    );
  });

  const FORBIDDING = () => {
    throw new Error('forbidden');
  };
  it.each([
    ['forbids them', FORBIDDING],
    ['has none', undefined],
    ['has other ones', () => ({ constants: {} })],
  ])('falls back where Node %s, and says so', async (_, replacement) => {
    node.binding = replacement;
    const chosen = await chooseTransport('auto', undefined);
    expect(chosen.transport).toBe(netTransport);
    expect(chosen.reason).toMatch(/^the raw transport does not work here: Node v.* does not give out/);
    await expect(chooseTransport('raw', undefined)).rejects.toThrow(
      /^the configuration asks for the raw transport, which does not work here: Node v/,
    );
  });

  it('prints no warning about undocumented parts, and hides none of others', () => {
    const { outputFiles } = buildSync({
      stdin: {
        contents: `import { loadBindings } from './bindings.ts';
          if (!loadBindings()) throw new Error('no bindings');
          process.emitWarning('of another', 'DeprecationWarning', 'DEP9999');`,
        resolveDir: fileURLToPath(new URL('../../src/transport', import.meta.url)),
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      write: false,
    });
    const script = outputFiles[0]?.text ?? '';
    const run = (...flags: string[]) =>
      spawnSync(process.execPath, [...flags, '--input-type=module', '-e', script], { encoding: 'utf8' })
        .stderr;
    expect(run('--pending-deprecation')).toMatch(/^\(node:\d+\) \[DEP9999\]/);
    expect(run('--pending-deprecation', '--throw-deprecation')).not.toContain('DEP0111');
  });
});

describe('the self-test', () => {
  it('leaves nothing open', async () => {
    const before = openSockets();
    await selfTest(netTransport, 2_000);
    await eventually(() => openSockets() <= before, 'all is closed');
  });

  /** `net` with another way to connect. */
  const broken = (connect: Transport['connect']): Transport => ({ ...netTransport, connect });

  const faults: [string, Transport, RegExp][] = [
    [
      'changes a byte',
      broken((address, owner) => {
        const onData = owner.onData.bind(owner);
        owner.onData = (bytes, start, end) => {
          bytes[end - 1] = ~(bytes[end - 1] ?? 0);
          onData(bytes, start, end);
        };
        return netTransport.connect(address, owner);
      }),
      /bytes were changed on the way, near byte \d+/,
    ],
    [
      'loses a piece',
      broken((address, owner) => {
        owner.onData = () => {};
        return netTransport.connect(address, owner);
      }),
      /^0 of \d+ bytes came back$/,
    ],
    [
      'never connects',
      broken((address, owner) => {
        owner.onConnected = () => {};
        return netTransport.connect(address, owner);
      }),
      /^not done within 300 ms$/,
    ],
    [
      'connects elsewhere',
      broken((_, owner) => netTransport.connect({ kind: 'unix', path: '/nowhere/at/all' }, owner)),
      /^the connection failed with ENOENT$/,
    ],
    [
      'cannot listen',
      { ...netTransport, listen: () => Promise.reject(new Error('no sockets here')) },
      /^no sockets here$/,
    ],
    [
      'never makes a write wait',
      broken((address, owner) => {
        const connection = netTransport.connect(address, owner);
        connection.write = () => true;
        return connection;
      }),
      /^no write had to wait$/,
    ],
  ];
  it.each(faults)('fails a transport that %s', async (_, transport, reason) => {
    const before = openSockets();
    await expect(selfTest(transport, 300)).rejects.toThrow(reason);
    await eventually(() => openSockets() <= before, 'all is closed');
  });
});
