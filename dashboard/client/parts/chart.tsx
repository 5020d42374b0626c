import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import { timeOfDay } from '../state/format.ts';
import type { Lines } from '../state/traffic.ts';
import { colourOf, onColours } from './colours.ts';

interface ChartProps {
  /** What it shows, with its numbers, for those who do not see it. */
  readonly label: string;
  readonly lines: Lines;
  /** Names of colours in the style sheet, one a line. */
  readonly colours: readonly string[];
  readonly format: (value: number) => string;
  /** Steps of the scale in powers of two. */
  readonly isBinary?: boolean;
}

const POWERS = Array.from({ length: 40 }, (_, i) => 2 ** i);

const HEIGHT = 150;
const FONT = '11px system-ui, sans-serif';

const optionsFor = ({ lines, colours, format, isBinary }: ChartProps, width: number): UPlot.Options => {
  const axis = {
    stroke: colourOf('dim'),
    grid: { stroke: colourOf('line'), width: 1 },
    ticks: { show: false },
    font: FONT,
  };
  return {
    width,
    height: HEIGHT,
    cursor: { y: false, points: { size: 5 }, sync: { key: 'traffic' } },
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.1)] } },
    axes: [
      { ...axis, size: 26, space: 90, values: (_plot, values) => values.map((at) => timeOfDay(at * 1000)) },
      {
        ...axis,
        size: 62,
        space: 28,
        values: (_plot, values) => values.map(format),
        ...(isBinary ? { incrs: POWERS } : {}),
      },
    ],
    series: [
      { value: '{HH}:{mm}:{ss}' },
      ...lines.names.map((label, i) => ({
        label,
        stroke: colourOf(colours[i] ?? 'accent'),
        width: 1.5,
        points: { show: false },
        value: (_plot: UPlot, value: number | null) => (value === null ? '–' : format(value)),
      })),
    ],
  };
};

const dataOf = ({ data }: Lines): UPlot.AlignedData => [
  [...(data[0] ?? [])],
  ...data.slice(1).map((line) => [...line]),
];

/** Below the lines stand the numbers under the pointer; without one, the last. */
const show = (plot: UPlot | undefined, lines: Lines): void => {
  if (!plot) return;
  plot.setData(dataOf(lines));
  if ((plot.cursor.left ?? -1) < 0) plot.setLegend({ idx: plot.data[0].length - 1 });
};

/** Lines over the last minute. The pointer reads them; the label says the last numbers. */
export const Chart = (props: ChartProps) => {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | undefined>(undefined);
  const last = useRef(props);
  last.current = props;
  useEffect(() => {
    const node = box.current;
    if (!node) return undefined;
    const draw = (): void => {
      plot.current?.destroy();
      plot.current = new UPlot(optionsFor(last.current, node.clientWidth), dataOf(last.current.lines), node);
    };
    const sized = new ResizeObserver(() => {
      if (plot.current?.width !== node.clientWidth)
        plot.current?.setSize({ width: node.clientWidth, height: HEIGHT });
    });
    draw();
    sized.observe(node);
    const stop = onColours(draw);
    return () => {
      stop();
      sized.disconnect();
      plot.current?.destroy();
    };
  }, []);
  useEffect(() => show(plot.current, props.lines), [props.lines]);
  return <div ref={box} class="chart" role="img" aria-label={props.label} />;
};
