import { useComputed } from '@preact/signals';
import type { TrafficView as Traffic } from '../../../src/control/views/views.ts';
import { snapshot } from '../live/feed.ts';
import { Chart } from '../parts/chart.tsx';
import { HeatMap } from '../parts/heat-map.tsx';
import { None, Panel } from '../parts/panel.tsx';
import { bytes, count, mean, millis, percent } from '../state/format.ts';
import { byteLines, errorLines, rateLines, type TrafficSums, trafficSums } from '../state/traffic.ts';

const below = (bound: number | null, bounds: readonly number[]): string => {
  if (bound === null) return '–';
  return bound === Number.POSITIVE_INFINITY ? `> ${millis(bounds.at(-1))}` : `≤ ${millis(bound)}`;
};

const Tiles = ({ traffic, sums }: { readonly traffic: Traffic; readonly sums: TrafficSums }) => {
  const bounds = traffic.latencyBoundsMs;
  const tiles: readonly (readonly [string, string])[] = [
    ['Requests/s', mean(sums.requests)],
    ['Failed', percent(sums.failed)],
    ['Half take', below(sums.p50, bounds)],
    ['99 of 100 take', below(sums.p99, bounds)],
    ['In flight', count(traffic.inFlight)],
    ['Tunnels', count(traffic.tunnels)],
    ['Connections', count(traffic.openConnections)],
    ['Bytes in/s', bytes(sums.bytesIn)],
    ['Bytes out/s', bytes(sums.bytesOut)],
  ];
  return (
    <dl class="tiles">
      {tiles.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
};

const Charts = ({ traffic }: { readonly traffic: Traffic }) => {
  const sums = trafficSums(traffic);
  return (
    <>
      <Panel title="Traffic" about="Means of the last ten seconds.">
        <Tiles traffic={traffic} sums={sums} />
      </Panel>
      <div class="columns even">
        <Panel title="Requests" about="a second">
          <Chart
            label={`Requests a second in the last minute; now ${mean(sums.requests)}`}
            lines={rateLines(traffic)}
            colours={['accent']}
            format={mean}
          />
        </Panel>
        <Panel title="Errors" about="a second, by class">
          <Chart
            label={`Errors a second in the last minute; failed now ${percent(sums.failed)}`}
            lines={errorLines(traffic)}
            colours={['dim', 'bad', 'warn']}
            format={mean}
          />
        </Panel>
        <Panel title="Latency" about="Requests by how long they took, until they ended">
          <HeatMap
            traffic={traffic}
            label={`How long requests took in the last minute; half of them now ${below(sums.p50, traffic.latencyBoundsMs)}, 99 of 100 ${below(sums.p99, traffic.latencyBoundsMs)}`}
          />
        </Panel>
        <Panel title="Bytes" about="of bodies, a second">
          <Chart
            label={`Bytes a second in the last minute; now ${bytes(sums.bytesIn)} in, ${bytes(sums.bytesOut)} out`}
            lines={byteLines(traffic)}
            colours={['accent', 'warn']}
            format={bytes}
            isBinary
          />
        </Panel>
      </div>
    </>
  );
};

/** What went through in the last minute. */
export const TrafficView = () => {
  const traffic = useComputed(() => snapshot.value?.traffic);
  if (!traffic.value)
    return (
      <Panel title="Traffic">
        <None>Nothing is known yet.</None>
      </Panel>
    );
  return <Charts traffic={traffic.value} />;
};
