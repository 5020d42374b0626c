import type { Choice } from '../core/choose.ts';
import type { Millis, RequestView } from '../core/types.ts';
import type { Instance } from './instance.ts';

/** Decides on a request, and notes how long that took where the access log has a field for it. */
export const chooseTimed = (
  instance: Pick<Instance, 'choose' | 'model'>,
  request: RequestView,
  at: Millis,
  { now }: { readonly now: () => Millis },
): Choice | undefined => {
  if (instance.model.config.accessLog?.format !== 'json') return instance.choose(request, at);
  const begun = now();
  const choice = instance.choose(request, at);
  if (choice) choice.decision.tookUs = (now() - begun) * 1000;
  return choice;
};
