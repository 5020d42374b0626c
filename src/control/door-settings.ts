import type { Config } from '../config/schema/schema.ts';
import { parseAddressRule } from '../core/accept.ts';
import type { DoorSettings } from '../middleware/door.ts';
import { explainCheck } from './decisions/explain-token.ts';
import type { Instance } from './instance.ts';
import type { Tracing } from './tracing/tracing.ts';

/** Out of a configuration alone. */
const doorSettings = ({
  timeouts,
  trustedProxies,
  retry,
  limits,
  exposeServer,
  explain,
}: Config): DoorSettings => ({
  timeouts,
  trustedProxies: trustedProxies.flatMap((text) => parseAddressRule(text) ?? []),
  retry,
  inFlight: limits.inFlight,
  exposeServer,
  explains: explainCheck(explain),
  ...(limits.bodyBytes === undefined ? {} : { bodyBytes: limits.bodyBytes }),
});

/** What the middleware's door reads at each request, made once for each configuration. */
export const currentDoorSettings = (
  instance: Pick<Instance, 'model'>,
  tracing: Pick<Tracing, 'begin'>,
): (() => DoorSettings) => {
  let made: { readonly of: Config; readonly settings: DoorSettings } | undefined;
  return () => {
    const { config, errorAnswer } = instance.model;
    if (made?.of !== config) {
      const settings = { ...doorSettings(config), errorAnswer, traceContext: tracing.begin };
      made = { of: config, settings };
    }
    return made.settings;
  };
};
