import type { RequestView } from '../../src/core/types.ts';
import type { RuleFunction } from '../../src/rules/planned-rules.ts';

interface RequestFacts extends Partial<Omit<RequestView, 'header' | 'cookie'>> {
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: Readonly<Record<string, string>>;
}

/** A request from 192.0.2.1 for www.example.com. */
export const aRequest = ({ headers = {}, cookies = {}, ...facts }: RequestFacts = {}): RequestView => ({
  method: 'GET',
  host: 'www.example.com',
  path: '/',
  query: '',
  clientIp: '192.0.2.1',
  scheme: 'http',
  header: (name) => headers[name.toLowerCase()],
  cookie: (name) => cookies[name],
  ...facts,
});

/** A user's function whose faults are kept. */
export const aRuleFunction = (
  run: (...values: readonly unknown[]) => unknown,
): RuleFunction & { readonly faults: unknown[] } => {
  const faults: unknown[] = [];
  return {
    reference: './mine.ts',
    run,
    faults,
    guard: {
      call: (work, otherwise) => {
        try {
          return work();
        } catch (thrown) {
          faults.push(thrown);
          return otherwise();
        }
      },
    },
  };
};
