import type { IncomingMessage } from 'node:http';
import type { AdminAuth } from '../../../config/completing/admin-auth.ts';
import { PasswordChecks } from '../../../password/password-checks.ts';
import type { EventLog } from '../../events/events.ts';
import { type Answer, errorAnswer } from '../admin-answer.ts';
import { changeFault } from '../admin-guard.ts';
import { BasicUsers } from './basic-users.ts';
import { BearerTokens } from './bearer-tokens.ts';
import { type Caller, callerOf, may, setCaller } from './caller.ts';
import { certificateCaller } from './certificate-caller.ts';
import { FailureLimit } from './failure-limit.ts';
import { type Offered, offeredBy } from './offered.ts';
import { ProxyCaller } from './proxy-caller.ts';
import { RefusalEvents } from './refusal-events.ts';
import { sessionIds } from './session-cookie.ts';
import { Sessions } from './sessions.ts';

/** Probes of orchestrators have no credentials. */
const OPEN_TO_ALL: readonly string[] = ['/livez', '/readyz'];
export const SESSION_PATH = '/api/v1/session';

export interface AccessParts {
  readonly events: Pick<EventLog, 'add'>;
  /** ms; of any start. */
  readonly now: () => number;
  readonly checks?: PasswordChecks;
}

/** What a configuration allows, ready for use. */
interface Rules {
  readonly auth: AdminAuth;
  readonly users: BasicUsers | undefined;
  readonly tokens: BearerTokens;
  readonly proxy: ProxyCaller | undefined;
}

const isPage = (path: string): boolean =>
  !['/metrics', '/openapi.json'].includes(path) && !path.startsWith('/api/');

/** Characters of a path that are told: it may end with anything, and events are kept. */
const MOST_OF_PATH = 200;
const shownPath = (path: string): string =>
  path.length > MOST_OF_PATH ? `${path.slice(0, MOST_OF_PATH)}...` : path;

/** Says what was wrong with a request without showing anything of it but its path. */
const whatOf = (req: IncomingMessage, path: string): string => `was refused ${req.method} ${shownPath(path)}`;

/** Tells who asks the admin listener, and turns away who may not. */
export class AdminAccess {
  readonly sessions: Sessions;
  readonly #checks: PasswordChecks;
  readonly #failures: FailureLimit;
  readonly #refusals: RefusalEvents;
  readonly #events: AccessParts['events'];
  #rules: Rules | undefined = undefined;

  constructor({ events, now, checks }: AccessParts) {
    this.sessions = new Sessions(now);
    this.#checks = checks ?? new PasswordChecks({ now });
    this.#failures = new FailureLimit(now);
    this.#refusals = new RefusalEvents(events, now);
    this.#events = events;
  }

  /** Takes other rules; without any everybody may do everything. Sessions of tokens that stay go on. */
  follow(auth: AdminAuth | undefined): void {
    this.#rules = auth && {
      auth,
      users: auth.basic && new BasicUsers(auth.basic.users, this.#checks),
      tokens: new BearerTokens(auth.bearer ?? []),
      proxy: auth.proxy && new ProxyCaller(auth.proxy),
    };
  }

  /** The answer to somebody who may not: 401, 403, 429, or 503 where too many are being asked. */
  async authorize(req: IncomingMessage, path: string, changes: boolean): Promise<Answer | undefined> {
    const rules = this.#rules;
    if (!rules || OPEN_TO_ALL.includes(path)) return undefined;
    // Whoever begins or ends a session shows what he has in the request itself.
    if (path === SESSION_PATH && req.method !== 'GET' && req.method !== 'HEAD') return undefined;
    const known = this.#known(req, rules);
    if (known && may(known, changes)) return this.#admit(req, path, changes, known);
    const offered = offeredBy(req.headers.authorization);
    const found = offered ? await this.#shown(req, path, offered, rules) : undefined;
    if (found && 'status' in found) return found;
    const best = found && (!known || may(found, true)) ? found : known;
    if (!best) return this.#mayPass(path, rules) ? undefined : this.#unknown(rules.auth);
    return may(best, changes) ? this.#admit(req, path, changes, best) : this.#tooSmall(req, path, best);
  }

  /** Whether somebody who was let in may go on watching: a session ends by itself, or by who began it. */
  mayStay(req: IncomingMessage): boolean {
    return (
      callerOf(req).by !== 'session' || sessionIds(req).some((id) => this.sessions.find(id) !== undefined)
    );
  }

  /** Whose token this is, for a session; or the answer to one that is nobody's. */
  takeToken(
    req: IncomingMessage,
    token: string,
  ): { readonly mark: string; readonly caller: Caller } | Answer {
    const { remoteAddress } = req.socket;
    const locked = this.#locked(remoteAddress);
    if (locked) return locked;
    const found = this.#rules?.tokens.find(token);
    if (found) return { mark: found.mark, caller: { ...found.entry, by: 'session' } };
    if (!this.#rules?.auth.bearer) return errorAnswer(409, 'no_tokens', 'this proxy takes no tokens');
    return this.#wrong(req, SESSION_PATH, this.#rules.auth);
  }

  #admit(req: IncomingMessage, path: string, changes: boolean, caller: Caller): undefined {
    setCaller(req, caller);
    // What another site has made a browser send is turned away next, and is nobody's deed.
    if (changes && !changeFault(req)) this.#told(req, path, caller);
    return undefined;
  }

  /** Who has changed what, for those who wonder later. */
  #told(req: IncomingMessage, path: string, { name, by }: Caller): void {
    const where = req.socket.remoteAddress ?? 'the socket';
    const text = `admin: ${JSON.stringify(name)} (${by}, ${where}) asked for ${req.method} ${shownPath(path)}`;
    this.#events.add('admin_change', text.replace(/\p{Cc}/gu, ' '));
  }

  /** Who is known without having offered a secret in this request; the best of them. */
  #known(req: IncomingMessage, { auth, tokens, proxy }: Rules): Caller | undefined {
    const all = [
      auth.certificates && certificateCaller(req.socket, auth.certificates),
      proxy?.find(req),
      ...sessionIds(req).map((id): Caller | undefined => {
        const entry = tokens.byMark(this.sessions.find(id) ?? '');
        return entry && { ...entry, by: 'session' };
      }),
    ].filter((caller) => caller !== undefined);
    return all.find((caller) => may(caller, true)) ?? all[0];
  }

  async #shown(
    req: IncomingMessage,
    path: string,
    offered: Offered,
    { auth, users, tokens }: Rules,
  ): Promise<Caller | Answer> {
    const locked = this.#locked(req.socket.remoteAddress);
    if (locked) return locked;
    if (offered.kind === 'bearer') {
      const entry = tokens.find(offered.token)?.entry;
      return entry ? { ...entry, by: 'bearer' } : this.#wrong(req, path, auth);
    }
    if (offered.kind === 'unreadable' || !users) return this.#wrong(req, path, auth);
    const found = await users.find(offered.name, offered.password);
    // Others may have been wrong while this one was looked at: who asks often at once has no more tries.
    const late = this.#locked(req.socket.remoteAddress);
    if (late) return late;
    if (found === 'busy')
      return {
        ...errorAnswer(503, 'busy', 'too many passwords are being checked; try again'),
        headers: { 'retry-after': '1' },
      };
    return found === 'bad' ? this.#wrong(req, path, auth) : found;
  }

  /** The page holds no secrets: where tokens alone are taken, it comes first and asks for one. */
  #mayPass(path: string, { auth }: Rules): boolean {
    const { bearer, ...others } = auth;
    return bearer !== undefined && Object.keys(others).length === 0 && isPage(path);
  }

  #locked(address: string | undefined): Answer | undefined {
    const ms = this.#failures.lockedFor(address);
    if (ms === 0) return undefined;
    const message = 'too many wrong credentials from this address; wait a minute';
    const headers = { 'retry-after': String(Math.ceil(ms / 1000)) };
    return { ...errorAnswer(429, 'too_many_failures', message), headers };
  }

  #wrong(req: IncomingMessage, path: string, auth: AdminAuth): Answer {
    const { remoteAddress } = req.socket;
    this.#failures.failed(remoteAddress);
    const locked = this.#locked(remoteAddress);
    const more = locked ? '; nothing more is taken from there for a minute' : '';
    this.#refusals.add(remoteAddress, `${whatOf(req, path)}: wrong credentials${more}`);
    return locked ?? this.#challenge(auth, 'bad_credentials', 'these credentials are not known here');
  }

  #unknown(auth: AdminAuth): Answer {
    return this.#challenge(auth, 'no_credentials', 'this listener wants to know who asks');
  }

  /** 401 has to say how one may come (RFC 9110, 15.5.2): where no field helps, it is 403. */
  #challenge({ basic, bearer }: AdminAuth, code: string, message: string): Answer {
    const ways = [
      ...(basic ? [`Basic realm="${basic.realm}", charset="UTF-8"`] : []),
      ...(bearer ? [`Bearer realm="${basic?.realm ?? 'forehand'}"`] : []),
    ];
    if (ways.length === 0) return errorAnswer(403, code, message);
    return { ...errorAnswer(401, code, message), headers: { 'www-authenticate': ways } };
  }

  #tooSmall(req: IncomingMessage, path: string, { name, scope }: Caller): Answer {
    this.#refusals.add(
      req.socket.remoteAddress,
      `${whatOf(req, path)}: ${JSON.stringify(name)} may only look`,
    );
    return errorAnswer(403, 'small_scope', `this needs the scope "write", and yours is "${scope}"`);
  }
}
