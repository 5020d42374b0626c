import type { IncomingMessage } from 'node:http';
import type { AdminScope } from '../../../config/completing/admin-auth.ts';

/** Who asks the admin listener, and what he may do. Also what `GET /api/v1/session` answers. */
export interface Caller {
  /** Of a user, a token, a certificate; null where nobody is asked. */
  readonly name: string | null;
  readonly scope: AdminScope;
  /** How that is known. `session`: by a cookie that a token was given for. `none`: nobody is asked. */
  readonly by: 'none' | 'basic' | 'bearer' | 'certificate' | 'proxy' | 'session';
}

/** Everybody, where nobody is asked. */
export const ANYBODY: Caller = { name: null, scope: 'write', by: 'none' };

const callers = new WeakMap<IncomingMessage, Caller>();

/** Notes who asks this. */
export const setCaller = (req: IncomingMessage, caller: Caller): void => {
  callers.set(req, caller);
};

/** Who asks this, once that was looked at; everybody where nobody is asked. */
export const callerOf = (req: IncomingMessage): Caller => callers.get(req) ?? ANYBODY;

/** True if somebody with that scope may do it. `changes`: more than looking is wanted. */
export const may = ({ scope }: Caller, changes: boolean): boolean => scope === 'write' || !changes;
