import type { Attempt } from './attempt.ts';
import { FAULT } from './deliver.ts';
import type { EngineContext } from './engine-context.ts';

/** Runs a step that nobody else guards. A fault in it ends the exchange that it was for, and nothing else. */
export const guardAttempt = (
  { parts }: EngineContext,
  attempt: Attempt | undefined,
  step: () => void,
): void => {
  try {
    step();
  } catch (thrown) {
    parts.onFault(thrown);
    attempt?.exchange.refuse(FAULT, 'no_server');
  }
};
