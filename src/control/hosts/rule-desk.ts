import { randomBytes } from 'node:crypto';
import type { Model } from '../../config/planning/model.ts';
import type { ModelRules } from '../../config/planning/model-rules.ts';
import type { LocalAnswer } from '../../core/route-rules.ts';
import type { Millis, RequestView } from '../../core/types.ts';
import { LocalServers } from '../../local/local-servers.ts';
import type { HandlerParts } from '../../local/local-source.ts';
import { PasswordChecks } from '../../password/password-checks.ts';
import { ClientNames } from '../../rules/client-names.ts';
import { KnownLogins } from '../../rules/known-logins.ts';
import { RateLimits } from '../../rules/rate-limits.ts';
import { AtWork } from '../../script/at-work.ts';
import type { Heartbeat } from '../../script/heartbeat.ts';
import type { EventLog } from '../events/events.ts';
import { SessionRoom } from '../sessions/session-room.ts';
import { Sticky } from '../sessions/sticky.ts';
import { dnsQuestions } from './dns-questions.ts';
import { localSource } from './local-source.ts';

type Guard = (request: RequestView, now: Millis) => LocalAnswer | undefined;
type Waits = (request: RequestView, go: () => void) => boolean;

const SECRET_BYTES = 32;

export interface RuleDeskParts {
  readonly now: () => Millis;
  readonly heartbeat: Heartbeat;
  /** What cookies are signed with where the configuration names nothing; the same in all workers. */
  readonly secret?: Uint8Array;
  readonly events?: Pick<EventLog, 'add'>;
}

/** What the rules of one process are made with and know, whatever configuration is at work. */
export class RuleDesk {
  /** For `activate`. */
  readonly parts: ModelRules;
  /** What answers inside this process. */
  readonly local: LocalServers;
  /** What cookies are signed with where the configuration names nothing. */
  readonly secret: Uint8Array;
  readonly sticky: Sticky;
  readonly sessions: SessionRoom;
  #model: Model | undefined = undefined;
  #hasGuards = false;
  #hasWaits = false;

  constructor({ now, heartbeat, secret = randomBytes(SECRET_BYTES), events }: RuleDeskParts) {
    this.secret = secret;
    this.sticky = new Sticky(secret);
    this.sessions = new SessionRoom({ now, secret, events });
    this.local = new LocalServers(this.#handlerParts(heartbeat));
    const passwords = new PasswordChecks({ now });
    this.parts = {
      tools: {
        names: new ClientNames({ questions: dnsQuestions(), now }),
        logins: new KnownLogins({ check: (hash, password) => passwords.check(hash, password), now }),
        limits: new RateLimits(),
      },
      now,
      sessionWaits: (request, go) => this.sessions.sessions?.waits(request, go) ?? false,
      local: (route, planned, errorAnswer) => this.local.server(route, localSource(planned, errorAnswer)),
    };
  }

  /** This model is at work from now on. */
  follow(model: Model): void {
    this.#model = model;
    this.sticky.take(model.config);
    this.sessions.take(model.config);
    this.#hasGuards = model.routeList.some(({ rules }) => rules?.guard);
    this.#hasWaits = model.routeList.some(({ rules }) => rules?.waits);
  }

  /** The answer to a request that must not go on; undefined while no route has such rules. */
  get guard(): Guard | undefined {
    return this.#hasGuards ? this.#guard : undefined;
  }

  /** Whether a request has to wait for what its rules want to know; undefined while none can have to. */
  get waits(): Waits | undefined {
    return this.#hasWaits ? this.#waits : undefined;
  }

  close(): Promise<void> {
    return this.sessions.close();
  }

  #handlerParts(heartbeat: Heartbeat): HandlerParts {
    const desk = this;
    const atWork = new AtWork(heartbeat);
    return {
      get sessions() {
        return desk.sessions.sessions;
      },
      begin: (reference, hash) => atWork.begin(reference, hash),
    };
  }

  readonly #guard: Guard = (request, now) => this.#model?.routes(request)?.rules?.guard?.(request, now);

  readonly #waits: Waits = (request, go) =>
    this.#model?.routes(request)?.rules?.waits?.(request, go) ?? false;
}

/** What the engine asks before a decision: rules first, then whether numbers have to be fresher. */
export const joinWaits = (rules: Waits | undefined, numbers: Waits | undefined): Waits | undefined => {
  if (!rules || !numbers) return rules ?? numbers;
  return (request, go) =>
    rules(request, () => {
      if (!numbers(request, go)) go();
    }) || numbers(request, go);
};
