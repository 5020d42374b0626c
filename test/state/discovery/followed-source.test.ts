import { describe, expect, it } from 'vitest';
import { empty, type Finding, failed } from '../../../src/state/discovery/finding.ts';
import { FollowedSource } from '../../../src/state/discovery/followed-source.ts';
import { specOf } from '../../../src/state/discovery/server-list.ts';

const servers = (...hosts: number[]) => hosts.map((n) => specOf(new URL(`http://10.0.0.${n}:80`), []));

const well = (...hosts: number[]): Finding => ({ servers: servers(...hosts), trouble: undefined });

const ill = (trouble: Finding['trouble'], ...hosts: number[]): Finding => ({
  servers: hosts.length > 0 ? servers(...hosts) : undefined,
  trouble,
});

interface Followed {
  readonly source: FollowedSource;
  readonly find: (finding: Finding) => void;
  /** `kind/level message` without pool and name. */
  readonly told: readonly string[];
  readonly changes: () => number;
  readonly isClosed: () => boolean;
}

const following = (before: readonly number[] = []): Followed => {
  const told: string[] = [];
  let changes = 0;
  let closed = false;
  let find: (finding: Finding) => void = () => undefined;
  let epoch = 0;
  const source = new FollowedSource({
    pool: 'web',
    name: 'file a',
    settings: '',
    servers: servers(...before),
    open: (onFinding) => {
      find = onFinding;
      return {
        close: () => {
          closed = true;
        },
      };
    },
    tell: ({ kind, level, message }) =>
      told.push(`${kind.slice('discovery_'.length)}/${level} ${message.replace('pool "web": file a: ', '')}`),
    onChange: () => {
      changes += 1;
    },
    epoch: () => {
      epoch += 1;
      return epoch;
    },
  });
  return { source, find: (finding) => find(finding), told, changes: () => changes, isClosed: () => closed };
};

describe('a source that is followed', () => {
  it('has the servers of its last good finding', () => {
    const { source, find, changes } = following();
    for (const finding of [well(1), ill(failed('no')), ill(empty('none'))]) find(finding);
    expect(source).toMatchObject({ servers: servers(1), fault: 'none', lastAt: 1 });
    find(well(2));
    expect(source).toMatchObject({ servers: servers(2), fault: undefined, lastAt: 2 });
    expect(changes()).toBe(2);
  });

  it('tells nothing of findings like the one before', () => {
    const { find, told, changes } = following();
    for (let i = 0; i < 3; i++) find(well(1));
    expect([told, changes()]).toEqual([['changed/info 1 server now, added 10.0.0.1:80'], 1]);
  });

  it('takes what it found in spite of a trouble, and says both', () => {
    const { source, find, told } = following([1]);
    find(ill(failed('half of it'), 1, 2));
    expect(source.servers).toEqual(servers(1, 2));
    expect(told).toEqual([
      'failed/warn half of it; it stays at 2 servers',
      'changed/info 2 servers now, added 10.0.0.2:80',
    ]);
  });

  it.each([
    [[], failed('no'), 'failed/error no; it has given no server yet'],
    [[], empty('none'), 'empty/warn none; it has given no server yet'],
    [[1], failed('no'), 'failed/warn no; it stays at 1 server'],
    [[1, 2], empty('none'), 'empty/warn none; it stays at 2 servers'],
  ])('that had %j tells of %j', (before, trouble, text) => {
    const { find, told } = following(before);
    find(ill(trouble));
    expect(told).toEqual([text]);
  });

  it('tells of a trouble again when it was over in between', () => {
    const { find, told } = following([1]);
    for (const finding of [ill(failed('no')), ill(failed('no')), well(1), ill(failed('no'))]) find(finding);
    expect(told.map((text) => text.split('/')[0])).toEqual(['failed', 'recovered', 'failed']);
  });

  it('remembers only the last few troubles that it told of', () => {
    const { find, told } = following([1]);
    const keys = Array.from({ length: 17 }, (_, i) => `k${i}`);
    for (const key of [...keys, 'k16', 'k0']) find(ill(failed(key, key)));
    expect(told).toHaveLength(18);
    expect(told.at(-1)).toMatch(/k0/);
  });

  it('has answered with its first finding, whatever that is, or when it is stopped', async () => {
    const first = following();
    first.find(ill(failed('no')));
    await first.source.answered;
    const second = following([1]);
    second.source.stop();
    await second.source.answered;
    second.find(well(2));
    expect([second.source.servers, second.told, second.isClosed()]).toEqual([servers(1), [], true]);
  });
});
