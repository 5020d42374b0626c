import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { accountFor, findAccount, unreadable } from '../../../src/control/process/privileges.ts';

const me = userInfo();

describe('an account', () => {
  it('is found with its first group and all others', async () => {
    const account = await findAccount('root', undefined);
    expect(account).toMatchObject({ name: 'root', uid: 0, gid: 0 });
    expect(account.groups).toContain(0);
  });

  it('may have another group', async () => {
    expect(await findAccount('nobody', 'root')).toMatchObject({ gid: 0 });
  });

  it('that this system does not know is refused', async () => {
    await expect(findAccount('no-such-user', undefined)).rejects.toThrow('there is no user "no-such-user"');
    await expect(findAccount('root', 'no-such-group')).rejects.toThrow('there is no group "no-such-group"');
  });

  it('is not changed where none is wanted, or the process has it already', async () => {
    expect(await accountFor({})).toBeUndefined();
    expect(await accountFor({ user: me.username })).toBeUndefined();
  });

  it.skipIf(me.uid === 0)('can be changed by root alone', async () => {
    await expect(accountFor({ user: 'root' })).rejects.toThrow('only root can become "root"');
  });
});

describe('files', () => {
  it('that cannot be read are named', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'forehand-files-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [here, none] = [join(folder, 'here'), join(folder, 'none')];
    writeFileSync(here, '');
    expect(await unreadable([here, none])).toEqual([none]);
  });
});
