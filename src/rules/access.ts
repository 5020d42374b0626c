import { parseAddressRule } from '../core/accept.ts';
import type { RequestView } from '../core/types.ts';
import type { ClientNames } from './client-names.ts';
import type { AccessRule, PlannedAccess, RuleFunction } from './planned-rules.ts';

/** Whether a rule is about a request. `names`: those of its client. */
type Test = (request: RequestView, names: readonly string[]) => boolean;

/** What a function says; `otherwise` where it throws, answers no truth value, or may not be called. */
const functionTest =
  ({ run, guard }: RuleFunction, otherwise: boolean): Test =>
  (request) =>
    guard.call(
      () => {
        const answer = run(request);
        if (typeof answer === 'boolean') return answer;
        throw new TypeError(`expected true or false, got ${answer === null ? 'null' : typeof answer}`);
      },
      () => otherwise,
    );

const nameTest = (text: string): Test =>
  text.startsWith('.')
    ? (_, names) => names.some((name) => name.endsWith(text))
    : (_, names) => names.includes(text);

const addressTest = (text: string): Test | undefined => {
  const rule = /^[0-9a-f:.]+(?:\/\d{1,3})?$/i.test(text) ? parseAddressRule(text) : undefined;
  return rule && (({ clientIp }) => rule.allows(clientIp, 0));
};

const isName = (rule: AccessRule): boolean => typeof rule === 'string' && addressTest(rule) === undefined;

const testOf = (rule: AccessRule, otherwise: boolean): Test =>
  typeof rule === 'string' ? (addressTest(rule) ?? nameTest(rule)) : functionTest(rule, otherwise);

/**
 * Who may come: something of `allow` is about them, unless there is none, and nothing of `deny` is (the order of
 * HTTP::Server::Multiplex). A function that fails is about nobody in `allow`, and about everybody in `deny`.
 */
export class Access {
  readonly #allow: readonly Test[];
  readonly #deny: readonly Test[];
  readonly #names: ClientNames;
  /** Some rule is about host names. */
  readonly #asksNames: boolean;

  constructor({ allow, deny }: PlannedAccess, names: ClientNames) {
    this.#allow = allow.map((rule) => testOf(rule, false));
    this.#deny = deny.map((rule) => testOf(rule, true));
    this.#asksNames = [...allow, ...deny].some(isName);
    this.#names = names;
  }

  /** The address whose names have to be found out before `allows` can say anything; undefined if none has to be. */
  unknown({ clientIp }: RequestView): string | undefined {
    return this.#asksNames && this.#names.known(clientIp) === undefined ? clientIp : undefined;
  }

  /** A client whose name is not known has none. */
  allows(request: RequestView): boolean {
    const names = this.#asksNames ? (this.#names.known(request.clientIp) ?? []) : [];
    const isAbout = (test: Test): boolean => test(request, names);
    return (this.#allow.length === 0 || this.#allow.some(isAbout)) && !this.#deny.some(isAbout);
  }
}
