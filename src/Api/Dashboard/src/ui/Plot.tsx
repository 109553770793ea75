import { useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import './plot.css';

type Point = readonly [x: number, y: number];

export interface PlotLine {
  name: string;
  points: readonly Point[];
  /** One of the theme's chart colours, 1 to 6; by default in order. */
  colour?: number;
  /** A guide, in grey and not in the legend. */
  guide?: boolean;
  /** What the drawing is about, thicker than the rest and never dashed. */
  strong?: boolean;
  steps?: boolean;
  /** Sizes of dots on the points, 0 to 1. */
  dots?: readonly number[];
  /** Around the line: x, low, high. */
  band?: readonly (readonly [number, number, number])[];
  /** Small marks on the line. */
  marks?: readonly Point[];
  /** What stands in the legend after the name. */
  words?: string;
}

const left = 50, right = 12, top = 10, bottom = 44;
// Told apart by more than colour.
const dashes = ['', '7 4', '2 4', '9 3 2 3', '4 2', '1 3'];

/** Round numbers between two ends. */
export function ticks(from: number, to: number, most = 6): number[] {
  const raw = (to - from) / most, power = 10 ** Math.floor(Math.log10(raw || 1));
  const step = [1, 2, 2.5, 5, 10].map(n => n * power).find(n => n >= raw) ?? power;
  const found: number[] = [];
  for (let at = Math.ceil(from / step - 1e-9) * step; at <= to + step * 1e-6; at += step) found.push(Number(at.toPrecision(10)));
  return found;
}

const stepped = (points: readonly Point[]) => points.flatMap((point, i): Point[] => (i ? [[point[0], points[i - 1]![1]], point] : [point]));

/** How wide a place is, so that what is drawn there has letters of one size everywhere. */
function useWidth(usual: number) {
  const place = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(usual);
  useLayoutEffect(() => {
    const measure = () => setWidth(Math.max(200, Math.round(place.current!.clientWidth)));
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(place.current!);
    return () => watch.disconnect();
  }, []);
  return [place, width] as const;
}

/** A drawing of lines with axes and legend, as wide as its place; for what does not change while one looks at it. */
export function Plot({ label, lines, xLabel, yLabel, x, y, children }: { label: string; lines: readonly PlotLine[]; xLabel: string; yLabel: string; x: Point; y: Point; children?: ReactNode }) {
  const [place, width] = useWidth(440);
  const height = Math.round(Math.min(360, Math.max(200, 0.7 * width)));
  const px = (value: number) => left + ((value - x[0]) / (x[1] - x[0] || 1)) * (width - left - right);
  const py = (value: number) => height - bottom - ((value - y[0]) / (y[1] - y[0] || 1)) * (height - top - bottom);
  const path = (points: readonly Point[]) => points.map(([a, b], i) => `${i ? 'L' : 'M'}${px(a).toFixed(1)} ${py(b).toFixed(1)}`).join('');
  const shown = lines.filter(line => !line.guide);
  const colourOf = (line: PlotLine) => line.colour ?? (shown.indexOf(line) % 6) + 1;
  const dashOf = (line: PlotLine) => (line.guide || line.strong ? undefined : dashes[shown.indexOf(line) % dashes.length]);
  const areaOf = (band: NonNullable<PlotLine['band']>) => path([...stepped(band.map(([a, , high]) => [a, high] as const)), ...stepped(band.map(([a, low]) => [a, low] as const)).reverse()]) + 'Z';
  return (
    <figure className="plot" ref={place}>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
        {ticks(y[0], y[1], 5).map(tick => (
          <g key={`y${tick}`}>
            <line className="grid" x1={left} x2={width - right} y1={py(tick)} y2={py(tick)} />
            <text x={left - 7} y={py(tick) + 4} textAnchor="end">{tick}</text>
          </g>
        ))}
        {ticks(x[0], x[1], width < 340 ? 5 : 6).map(tick => (
          <g key={`x${tick}`}>
            <line className="grid" x1={px(tick)} x2={px(tick)} y1={top} y2={height - bottom} />
            <text x={px(tick)} y={height - bottom + 16} textAnchor="middle">{tick}</text>
          </g>
        ))}
        <text className="axis" x={(left + width - right) / 2} y={height - 6} textAnchor="middle">{xLabel}</text>
        <text className="axis" transform={`translate(13 ${(top + height - bottom) / 2}) rotate(-90)`} textAnchor="middle">{yLabel}</text>
        {lines.map(line => line.band && line.band.length > 1 && <path key={`band ${line.name}`} className={`band c${colourOf(line)}`} d={areaOf(line.band)} />)}
        {lines.map(line => (
          <g key={line.name} className={line.guide ? 'guide' : `c${colourOf(line)}${line.strong ? ' strong' : ''}`}>
            <path className="line" strokeDasharray={dashOf(line)} d={path(line.steps ? stepped(line.points) : line.points)} />
            {line.dots?.map((size, i) => <circle key={i} cx={px(line.points[i]![0])} cy={py(line.points[i]![1])} r={2.5 + 5 * Math.sqrt(size)} />)}
            {line.marks?.map(([a, b], i) => <line key={i} className="mark" x1={px(a)} x2={px(a)} y1={py(b) - 4} y2={py(b) + 4} />)}
          </g>
        ))}
      </svg>
      {shown.some(line => line.name) && (
        <ul className="plot-legend">
          {shown.map(line => (
            <li key={line.name}>
              <svg viewBox="0 0 26 8" aria-hidden="true" className={`c${colourOf(line)}${line.strong ? ' strong' : ''}`}>
                <path className="line" d="M0 4H26" strokeDasharray={dashOf(line)} />
              </svg>
              <span>
                {line.name}
                {line.words && <span className="quiet"> {line.words}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
      {children && <figcaption>{children}</figcaption>}
    </figure>
  );
}

/** Shares of a whole as bars with their names and numbers. */
export function Bars({ label, items }: { label: string; items: readonly { name: string; value: number; most: number; words: string; colour?: number }[] }) {
  return (
    <ul className="bars" aria-label={label}>
      {items.map((item, i) => (
        <li key={item.name}>
          <span className="cut" title={item.name}>{item.name}</span>
          <span className="track" aria-hidden="true">
            <i className={`c${item.colour ?? (i % 6) + 1}`} style={{ width: `${(100 * item.value) / (item.most || 1)}%` }} />
          </span>
          <span className="number">{item.words}</span>
        </li>
      ))}
    </ul>
  );
}
