import { signal } from '@preact/signals';

/** The views, in the order of the tabs; each has an address behind `#/`. */
export const VIEWS = ['servers', 'chain', 'explain', 'traffic', 'nodes', 'events', 'config'] as const;

export type View = (typeof VIEWS)[number];

export const VIEW_NAMES: Readonly<Record<View, string>> = {
  servers: 'Servers',
  chain: 'Chain',
  explain: 'Explain',
  traffic: 'Traffic',
  nodes: 'Nodes',
  events: 'Events',
  config: 'Config',
};

/** Where the reader is: a view, and what of it is open. */
export interface Place {
  readonly view: View;
  readonly rest: readonly string[];
}

const isView = (name: string | undefined): name is View => VIEWS.some((view) => view === name);

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

/** The place that an address means; an address that means none is the first view. */
export const placeOf = (hash: string): Place => {
  const [view, ...rest] = hash.replace(/^#?\/?/, '').split('/');
  return isView(view)
    ? { view, rest: rest.filter((part) => part !== '').map(decoded) }
    : { view: 'servers', rest: [] };
};

/** The address of a place. */
export const hashOf = (view: View, ...rest: readonly string[]): string =>
  `#/${[view, ...rest.map(encodeURIComponent)].join('/')}`;

export const place = signal<Place>(placeOf(location.hash));

/** Goes to a place. */
export const go = (view: View, ...rest: readonly string[]): void => {
  location.hash = hashOf(view, ...rest);
};

/** Follows the address. Call it once. */
export const followAddress = (): void => {
  addEventListener('hashchange', () => {
    place.value = placeOf(location.hash);
  });
};
