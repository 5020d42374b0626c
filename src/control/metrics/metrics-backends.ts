import type { CheckTotals } from './check-counts.ts';
import { labelText, type MetricsText } from './metrics-text.ts';

/** What the proxies of a fleet share their state by. */
export interface BackendView {
  readonly driver: string;
  readonly up: boolean;
  /** Connections that were made in place of a lost one. */
  readonly reconnects: number;
}

/** What a proxy learns from others, as far as it is measured. */
export interface MeasuredFleet {
  backends(): readonly BackendView[];
  /** Checks of servers, by server. */
  checks(): readonly CheckTotals[];
}

export const NO_FLEET: MeasuredFleet = { backends: () => [], checks: () => [] };

/** How the shared state is reached. No samples where nothing is shared. */
export const writeBackendFamilies = (text: MetricsText, backends: readonly BackendView[]): void => {
  text.family('forehand_state_backend_up', 'gauge', '1 while the shared state can be reached.');
  for (const { driver, up } of backends) text.sample(labelText({ driver }), up ? 1 : 0);
  text.family(
    'forehand_state_backend_reconnects_total',
    'counter',
    'Connections made in place of a lost one.',
  );
  for (const { driver, reconnects } of backends) text.sample(labelText({ driver }), reconnects);
};
