import type { Manner } from './node.ts';

const MiB = 1024 ** 2;

/** The five unlike nodes of the demo. */
export const MANNERS: readonly Manner[] = [
  { id: 'node-1', about: 'fast', cores: 2, arriba: 1500, flaky: 0, leak: 0 },
  { id: 'node-2', about: 'steady', cores: 2, arriba: 1000, flaky: 0, leak: 0 },
  { id: 'node-3', about: 'steady', cores: 2, arriba: 1000, flaky: 0, leak: 0 },
  { id: 'node-4', about: 'leaking memory', cores: 2, arriba: 800, flaky: 0, leak: 8 * MiB },
  { id: 'node-5', about: 'slow and flaky', cores: 1, arriba: 500, flaky: 0.05, leak: 0 },
];

/** The chains that the key `c` goes through. */
export const CHAINS: readonly { readonly name: string; readonly chain: string | readonly unknown[] }[] = [
  { name: 'default', chain: 'default' },
  { name: 'textbook mod_backhand', chain: [{ byAge: '5s' }, 'byRandom', 'byLogWindow', 'byLoad'] },
  { name: 'random', chain: ['notEjected', 'byRandom'] },
];
