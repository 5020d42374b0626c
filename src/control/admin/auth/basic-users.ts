import { randomBytes } from 'node:crypto';
import type { AdminUser } from '../../../config/completing/admin-auth.ts';
import type { PasswordChecks } from '../../../password/password-checks.ts';
import { hashBytes, parsePasswordHash, passwordHashText } from '../../../password/password-hash.ts';
import type { Caller } from './caller.ts';

/** A hash of nothing that costs as much as the dearest of the users. */
const decoyFor = (users: readonly AdminUser[]): string => {
  const hashes = users.flatMap(({ hash }) => parsePasswordHash(hash) ?? []);
  const [dearest] = hashes.toSorted((a, b) => hashBytes(b) * b.parallel - hashBytes(a) * a.parallel);
  if (!dearest) return '';
  const [salt, key] = [randomBytes(16).toString('base64'), randomBytes(32).toString('base64')];
  return passwordHashText({ ...dearest, salt, key });
};

/** The users of a configuration. */
export class BasicUsers {
  readonly #users: ReadonlyMap<string, AdminUser>;
  readonly #checks: PasswordChecks;
  readonly #decoy: string;

  constructor(users: readonly AdminUser[], checks: PasswordChecks) {
    this.#users = new Map(users.map((user) => [user.name, user]));
    this.#checks = checks;
    this.#decoy = decoyFor(users);
  }

  /** An unknown name costs as much as a wrong password, so that time does not tell them apart. */
  async find(name: string, password: string): Promise<Caller | 'bad' | 'busy'> {
    const user = this.#users.get(name);
    const verdict = await this.#checks.check(user?.hash ?? this.#decoy, password);
    if (verdict === 'busy') return 'busy';
    return user && verdict === 'good' ? { name, scope: user.scope, by: 'basic' } : 'bad';
  }
}
