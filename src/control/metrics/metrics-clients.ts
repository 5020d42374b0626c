import type { Packed } from '../cells/packed.ts';
import type { OpenClients } from '../series/plane-load.ts';
import { labelText, type MetricsText } from './metrics-text.ts';
import { TURNED_AWAY } from './traffic-counts.ts';

/** Connections of clients, and what was turned away before it was a request. `refused`: of a TrafficSnapshot. */
export const writeClientFamilies = (
  text: MetricsText,
  clients: readonly OpenClients[],
  refused: Packed,
): void => {
  text.family('forehand_open_connections', 'gauge', 'Client connections open now.');
  for (const { listener, protocol, count } of clients) text.sample(labelText({ listener, protocol }), count);
  const pairs = Array.from({ length: refused.length / 2 }, (_, i) => [
    refused[2 * i] ?? 0,
    refused[2 * i + 1] ?? 0,
  ]);
  text.single(
    'forehand_connections_refused_total',
    'counter',
    'Client connections closed at once because there were too many.',
    pairs.find(([cell]) => cell === TURNED_AWAY)?.[1] ?? 0,
  );
  text.family('forehand_bad_requests_total', 'counter', 'What was no request, by the status of our answer.');
  for (const [status, count = 0] of pairs)
    if (status !== TURNED_AWAY) text.sample(labelText({ code: String(status) }), count);
};
