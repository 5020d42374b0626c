import { signal } from '@preact/signals';
import { ApiError, ask, messageOf, post } from './api.ts';

/** Who the proxy takes this browser for. */
export interface Session {
  readonly name: string | null;
  readonly scope: 'read' | 'write';
  readonly by: string;
}

/** Undefined until somebody needed to know. */
export const session = signal<Session | undefined>(undefined);
/** The proxy wants a token before it shows anything. */
export const needsToken = signal(false);

let asking: Promise<void> | undefined;

const look = async (): Promise<void> => {
  try {
    session.value = await ask<Session>('/api/v1/session');
    needsToken.value = false;
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.status === 401) needsToken.value = true;
  } finally {
    asking = undefined;
  }
};

/** Asks who this browser is, once: not before something on the page depends on it. */
export const learnSession = (): Promise<void> => {
  if (session.value) return Promise.resolve();
  asking ??= look();
  return asking;
};

/** The same after the proxy refused this browser: it may have been restarted, and remember no session. */
export const learnAgain = (): Promise<void> => {
  session.value = undefined;
  return learnSession();
};

/** True where this browser may change things. */
export const mayChange = (): boolean => session.value?.scope === 'write';

/** Shows a token to the proxy, which sets a cookie for it. Gives what was wrong; undefined if it was taken. */
export const signIn = async (token: string): Promise<string | undefined> => {
  try {
    await post('/api/v1/session', { token });
    session.value = undefined;
    await learnSession();
    return needsToken.value ? 'this token opens nothing' : undefined;
  } catch (thrown) {
    return messageOf(thrown);
  }
};

/** Ends the session that a token began. */
export const signOut = async (): Promise<void> => {
  await ask('/api/v1/session', { method: 'DELETE' });
  session.value = undefined;
  needsToken.value = true;
};
