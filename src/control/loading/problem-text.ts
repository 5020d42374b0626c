import { formatProblems } from '../../config/shown/format.ts';
import type { Problem } from '../../core/errors.ts';

/** Problems of a configuration for people, without colours; empty for none. `kept`: the one before stays in use. */
export const problemText = (problems: readonly Problem[], kept: boolean): string =>
  problems.length === 0 ? '' : formatProblems(problems, { color: false, kept });
