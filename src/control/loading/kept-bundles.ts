import type { MakeBundle } from '../../script/bundle-script.ts';
import { type ConfigInputs, diskInputs } from './config-inputs.ts';

interface Kept {
  readonly made: ReturnType<MakeBundle>;
  readonly files: ReadonlySet<string>;
}

/**
 * Bundles of users' scripts, kept from one reading of a configuration to the next: where hosts
 * that were added are the reason to read it again, nobody has to wait for scripts to be made anew.
 */
export class KeptBundles {
  #kept = new Map<string, Kept>();

  /** What to read from. `trusts`: scripts are taken as they were made before; else all are made anew. */
  reading(trusts: boolean): ConfigInputs {
    if (!trusts) this.#kept = new Map();
    return { ...diskInputs, bundle: (order) => this.#bundle(order) };
  }

  readonly #bundle: MakeBundle = async (order) => {
    const key = `${order.entry} ${order.reference}`;
    const known = this.#kept.get(key);
    if (!known) return this.#make(key, order);
    known.files.forEach(order.onFile);
    return known.made;
  };

  #make(key: string, order: Parameters<MakeBundle>[0]): ReturnType<MakeBundle> {
    const files = new Set<string>();
    const onFile = (file: string): void => {
      files.add(file);
      order.onFile(file);
    };
    const made = diskInputs.bundle({ ...order, onFile });
    this.#kept.set(key, { made, files });
    // One that failed may be mended until the next time.
    made.catch(() => this.#kept.delete(key));
    return made;
  }
}
