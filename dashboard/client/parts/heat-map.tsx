import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { TrafficView } from '../../../src/control/views/views.ts';
import { millis, plural } from '../state/format.ts';
import { HEAT_COLUMNS, heatCells } from '../state/traffic.ts';
import { colourOf, onColours } from './colours.ts';

const CELL_HEIGHT = 8;
/** The faintest cell must be seen against the ground. */
const LEAST_STRENGTH = 0.18;

const rowsOf = ({ latencyBoundsMs }: TrafficView): number => latencyBoundsMs.length + 1;

const draw = (canvas: HTMLCanvasElement, traffic: TrafficView): void => {
  const rows = rowsOf(traffic);
  const ratio = devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(rows * CELL_HEIGHT * ratio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const pen = canvas.getContext('2d');
  if (!pen) return;
  pen.clearRect(0, 0, width, height);
  pen.fillStyle = colourOf('heat');
  const [across, up] = [width / HEAT_COLUMNS, height / rows];
  for (const { column, row, strength } of heatCells(traffic)) {
    pen.globalAlpha = LEAST_STRENGTH + (1 - LEAST_STRENGTH) * strength;
    pen.fillRect(
      column * across,
      height - (row + 1) * up,
      Math.max(1, across - ratio),
      Math.max(1, up - ratio),
    );
  }
  pen.globalAlpha = 1;
};

/** `8 ms to 16 ms` */
const rowText = ({ latencyBoundsMs: bounds }: TrafficView, row: number): string => {
  const [low, high] = [bounds[row - 1], bounds[row]];
  if (high === undefined) return `above ${millis(low)}`;
  return low === undefined ? `below ${millis(high)}` : `${millis(low)} to ${millis(high)}`;
};

/** What the cell under the pointer says; empty outside. */
const cellText = (traffic: TrafficView, column: number, row: number): string => {
  const { seconds } = traffic;
  const back = HEAT_COLUMNS - 1 - column;
  const second = seconds[seconds.length - 1 - back];
  if (!second || row < 0 || row >= rowsOf(traffic)) return '';
  return `${plural(second.latency[row] ?? 0, 'request')}, ${rowText(traffic, row)}, ${back} s ago`;
};

/** Bounds beside the rows: every fourth, from the bottom. */
const Scale = ({ traffic }: { readonly traffic: TrafficView }) => (
  <div class="heat-scale" aria-hidden="true">
    {traffic.latencyBoundsMs.flatMap((bound, i) =>
      i % 4 === 3
        ? [
            <span key={bound} style={{ bottom: `${(i + 1) * CELL_HEIGHT - 7}px` }}>
              {millis(bound)}
            </span>,
          ]
        : [],
    )}
  </div>
);

/** Requests of the last minute by second and by how long they took: the darker, the more. */
export const HeatMap = ({ traffic, label }: { readonly traffic: TrafficView; readonly label: string }) => {
  const canvas = useRef<HTMLCanvasElement>(null);
  const last = useRef(traffic);
  const read = useSignal('');
  last.current = traffic;
  useEffect(() => {
    const node = canvas.current;
    if (!node) return undefined;
    const again = (): void => draw(node, last.current);
    const sized = new ResizeObserver(again);
    sized.observe(node);
    const stop = onColours(again);
    return () => {
      stop();
      sized.disconnect();
    };
  }, []);
  useEffect(() => {
    if (canvas.current) draw(canvas.current, traffic);
  }, [traffic]);
  return (
    <div class="heat">
      <Scale traffic={traffic} />
      <canvas
        ref={canvas}
        role="img"
        aria-label={label}
        style={{ height: `${rowsOf(traffic) * CELL_HEIGHT}px` }}
        onPointerMove={({ offsetX, offsetY, currentTarget }) => {
          const column = Math.floor((offsetX / currentTarget.clientWidth) * HEAT_COLUMNS);
          const row = rowsOf(traffic) - 1 - Math.floor(offsetY / CELL_HEIGHT);
          read.value = cellText(last.current, column, row);
        }}
        onPointerLeave={() => {
          read.value = '';
        }}
      />
      <p class="dim small heat-read">{read.value || 'a minute ago to now, from left to right'}</p>
    </div>
  );
};
