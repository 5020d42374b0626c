import { effect, type Signal, signal } from '@preact/signals';

/** What the reader has chosen, kept by the browser. */

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
export const DENSITIES = ['comfortable', 'compact'] as const;
export type Density = (typeof DENSITIES)[number];

/** A browser may keep nothing for pages: then the choice holds until the page is left. */
const stored = (name: string): string | null => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
};

const store = (name: string, value: string): void => {
  try {
    localStorage.setItem(name, value);
  } catch {
    // It is not kept then.
  }
};

const setting = <Value extends string>(
  name: string,
  values: readonly Value[],
  first: Value,
): Signal<Value> => {
  const known = stored(`forehand.${name}`);
  return signal(values.find((value) => value === known) ?? first);
};

export const theme = setting<Theme>('theme', THEMES, 'system');
export const density = setting<Density>('density', DENSITIES, 'comfortable');

/** Puts the choices on the page and keeps them. Call it once. */
export const applySettings = (): void => {
  effect(() => {
    document.documentElement.dataset['theme'] = theme.value;
    store('forehand.theme', theme.value);
  });
  effect(() => {
    document.documentElement.dataset['density'] = density.value;
    store('forehand.density', density.value);
  });
};
