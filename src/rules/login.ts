import type { LocalAnswer } from '../core/route-rules.ts';
import type { RequestView } from '../core/types.ts';
import type { KnownLogins, LoginVerdict } from './known-logins.ts';
import type { PlannedLogin } from './planned-rules.ts';

/** Bytes of a name with its password that are looked at. */
const LONGEST = 1024;

interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** What is in the field Authorization (RFC 7617); undefined if it is not Basic, or is none of its form. */
const credentialsIn = (field: string | undefined): Credentials | undefined => {
  const [, encoded = ''] = /^basic +([\w+/]+=*)$/i.exec(field ?? '') ?? [];
  if (encoded === '' || encoded.length > 2 * LONGEST) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
};

/** What a password is checked against. */
interface Question {
  readonly hash: string;
  readonly password: string;
  /** The name is known; for others the work is done all the same, so that nobody can tell by the time. */
  readonly isUser: boolean;
}

const TOO_MANY: LocalAnswer = {
  status: 503,
  reason: 'too many passwords are being checked',
  fields: 'Retry-After: 1\r\n',
};

/** Who may come by name and password. */
export class Login {
  readonly #users: ReadonlyMap<string, string>;
  readonly #anyHash: string;
  readonly #known: KnownLogins;
  readonly #refusal: LocalAnswer;

  constructor({ realm, users }: PlannedLogin, known: KnownLogins) {
    this.#users = users;
    this.#anyHash = users.values().next().value ?? '';
    this.#known = known;
    this.#refusal = {
      status: 401,
      reason: 'a name and a password are needed',
      fields: `WWW-Authenticate: Basic realm="${realm}", charset="UTF-8"\r\n`,
    };
  }

  /** Whether a password is right has to be found out. */
  wants(request: RequestView): boolean {
    const question = this.#question(request);
    return question !== undefined && this.#known.known(question.hash, question.password) === undefined;
  }

  /** Finds out whether the password is right; calls back once and later. */
  find(request: RequestView, done: () => void): void {
    const question = this.#question(request);
    if (question) this.#known.find(question.hash, question.password, done);
    else setImmediate(done);
  }

  /** The answer to a request whose name and password are not right; undefined for one that may go on. */
  refusal(request: RequestView): LocalAnswer | undefined {
    const question = this.#question(request);
    if (!question) return this.#refusal;
    const verdict: LoginVerdict = this.#known.known(question.hash, question.password) ?? 'busy';
    if (verdict === 'busy') return TOO_MANY;
    return verdict === 'good' && question.isUser ? undefined : this.#refusal;
  }

  #question(request: RequestView): Question | undefined {
    const credentials = credentialsIn(request.header('authorization'));
    if (!credentials) return undefined;
    const { name, password } = credentials;
    const hash = this.#users.get(name);
    return { hash: hash ?? this.#anyHash, password, isUser: hash !== undefined };
  }
}
