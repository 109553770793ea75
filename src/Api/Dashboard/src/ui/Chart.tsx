import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { theme } from '../app/theme';

export interface Line {
  label: string;
  values: (number | null)[];
  /** One of the theme's chart colours, 1 to 6; by default in order. */
  colour?: number;
  dash?: number[];
  steps?: boolean;
  points?: boolean;
  width?: number;
}

export interface ChartProps {
  /** What it shows, in a sentence for those who do not see it. */
  label: string;
  x: number[];
  lines: Line[];
  xLabel: string;
  yLabel: string;
  height?: number;
  yRange?: [number | null, number | null];
  xRange?: [number | null, number | null];
  legend?: boolean;
}

const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Lines over numbers, in the theme's colours, as wide as its place. Put it into a page that is loaded by itself: the library comes with it. */
export function Chart({ label, x, lines, xLabel, yLabel, height = 240, yRange, xRange, legend = true }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const shade = useSyncExternalStore(theme.subscribe, theme.shown);
  const shape = JSON.stringify([lines.map(line => [line.label, line.colour, line.dash, line.steps, line.points]), xLabel, yLabel, height, yRange, xRange, legend]);
  const data = useMemo(() => [x, ...lines.map(line => line.values)] as uPlot.AlignedData, [x, lines]);

  useEffect(() => {
    const element = box.current!;
    const axis = { stroke: token('--quiet'), grid: { stroke: token('--line'), width: 1 }, ticks: { stroke: token('--line'), width: 1 }, font: '12px system-ui, sans-serif', labelFont: '12px system-ui, sans-serif', labelSize: 20 };
    // Values that are all alike, such as a score of 1 in every epoch, still need a scale with two ends.
    const range = (wanted: [number | null, number | null] | undefined): uPlot.Scale.Range | undefined => wanted && ((_, low, high) => {
      const from = wanted[0] ?? low ?? 0, to = wanted[1] ?? high ?? 1;
      return from < to ? [from, to] : wanted[0] === null ? [to - 0.5, to] : [from, from + 1];
    });
    const made = new uPlot(
      {
        width: element.clientWidth || 400,
        height,
        legend: { show: legend, live: false },
        cursor: { points: { size: 6 } },
        scales: { x: { time: false, range: range(xRange) }, y: { range: range(yRange) } },
        axes: [{ ...axis, label: xLabel }, { ...axis, label: yLabel, size: 52 }],
        series: [
          { label: xLabel },
          ...lines.map((line, i) => ({
            label: line.label,
            stroke: token(`--chart-${line.colour ?? (i % 6) + 1}`),
            width: line.width ?? 1.75,
            dash: line.dash,
            points: { show: line.points ?? false },
            paths: line.steps ? uPlot.paths.stepped!({ align: 1 }) : undefined,
          })),
        ],
      },
      data,
      element,
    );
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
    // The data goes in below; what else changes makes a new plot.
    // eslint-disable-next-line
  }, [shape, shade]);
  useEffect(() => plot.current?.setData(data), [data]);
  return <figure className="chart" ref={box} role="img" aria-label={label} />;
}
