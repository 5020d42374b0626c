import { stat } from 'node:fs/promises';
import { ScriptError } from '../core/errors.ts';
import { type Bundle, type BundleOrder, bundle } from './bundle.ts';

export interface ScriptOrder extends BundleOrder {
  /** As the configuration names the script, for messages. */
  readonly reference: string;
}

/** Makes one module of a script. Throws a ScriptError for faults in it. */
export type MakeBundle = (order: ScriptOrder) => Promise<Bundle>;

const refuse = (message: string, note: string): never => {
  throw new ScriptError([{ severity: 'error', message, note }]);
};

/** Bundles a script's file with esbuild. */
export const bundleScript: MakeBundle = async (order) => {
  const { reference, entry } = order;
  const found = await stat(entry).catch(() => undefined);
  if (!found) refuse(`there is no script ${reference}`, `looked for ${entry}`);
  else if (!found.isFile()) refuse(`the script ${reference} is not a file`, `looked at ${entry}`);
  return bundle(order);
};
