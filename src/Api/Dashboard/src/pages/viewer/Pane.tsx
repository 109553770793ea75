import { useEffect, useImperativeHandle, useRef, useState, type Ref } from 'react';
import { get } from '../../api/client';
import { useGeneration } from '../../api/useData';
import { capital, count, length, percent } from '../../ui/words';
import { Overview } from './Overview';
import { Legend } from './Legend';
import { legendOf, type LegendWords } from './legend';
import type { Spot } from './permalink';
import { rangeOf, type OverlaySettings } from './overlay';
import { barOf, magnificationAt } from './scale';
import { Stage, type SlideInfo, type View } from './Stage';
import type { FateGrid, TileTable } from './tiles';

export interface PaneHandle {
  stage: Stage | null;
  legend: () => LegendWords | undefined;
}

interface Props {
  ref?: Ref<PaneHandle>;
  slideId: string;
  slideName: string;
  info: SlideInfo;
  start: View | undefined;
  overlay: OverlaySettings;
  table: TileTable | undefined;
  fates: FateGrid | undefined;
  /** What is pointed out: the tile at this place. */
  spot: Spot | undefined;
  title?: string;
  onView: (view: View) => void;
  onSpot: (spot: Spot | undefined) => void;
  onLead: () => void;
  controls?: boolean;
}

/** One slide on the screen with its scale bar, overview, legend and what the pointer is at. */
export function Pane({ ref, slideId, slideName, info, start, overlay, table, fates, spot, title, onView, onSpot, onLead, controls = true }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const tip = useRef<HTMLDivElement>(null);
  const [stage, setStage] = useState<Stage | null>(null);
  const [view, setView] = useState<View>();
  const [loaded, setLoaded] = useState(false);
  const [problem, setProblem] = useState<string>();
  // What the legend counts is known once the overlay is made.
  const [, setShown] = useState(0);
  const latest = useRef({ table, overlay, onView, onSpot, fates });
  latest.current = { table, overlay, onView, onSpot, fates };
  const generation = useGeneration();
  const marked = spot ? tileAt(table, ...spot) : -1;
  const legend = () => legendOf(latest.current.table, latest.current.overlay, stage?.overlay.shown ?? 0, latest.current.fates);
  useImperativeHandle(ref, () => ({ stage, legend }), [stage]);

  useEffect(() => {
    const made = new Stage(box.current!, slideId, info, `${slideName}${title ? `, ${title}` : ''}: arrows move, plus and minus zoom, question mark shows all keys`);
    if (start) made.show(start, true);
    let asked = 0;
    made.onView = next => {
      latest.current.onView(next);
      // What is written about the view follows once per frame.
      cancelAnimationFrame(asked);
      asked = requestAnimationFrame(() => setView(next));
    };
    // Pictures do not say why they did not come: any answer tells whether the service is away, or the key has ended.
    let wondering = false;
    const wonder = () => {
      if (wondering) return;
      wondering = true;
      get('/api/v1/me').catch(() => {}).finally(() => (wondering = false));
    };
    made.onMiss = wonder;
    made.onFail = message => {
      setProblem(message);
      if (message) wonder();
    };
    made.onLoaded = setLoaded;
    made.onClick = (x, y) => latest.current.onSpot(tileAt(latest.current.table, x, y) < 0 ? undefined : [x, y]);
    setStage(made);
    return () => {
      cancelAnimationFrame(asked);
      made.destroy();
      setStage(null);
    };
    // The slide decides; where it starts holds once.
    // eslint-disable-next-line
  }, [slideId, info]);

  // The service is back, or somebody else has signed in.
  const seen = useRef(generation);
  useEffect(() => {
    if (seen.current !== generation) stage?.again();
    seen.current = generation;
  }, [stage, generation]);

  useEffect(() => {
    if (!stage) return;
    stage.overlay.set(overlay, table, fates);
    stage.overlay.marked = marked;
    setShown(stage.overlay.shown);
    stage.repaint();
  }, [stage, overlay, table, fates, marked]);

  // The tile under the pointer, told beside it; no drawing of React's for each step of the mouse.
  useEffect(() => {
    if (!stage) return;
    const element = box.current!, words = tip.current!;
    const move = (event: PointerEvent) => {
      if (!stage.ready) return;
      const edge = element.getBoundingClientRect();
      const [x, y] = stage.at(event.clientX - edge.left, event.clientY - edge.top);
      const lines = event.buttons ? [] : linesAt(x, y, latest.current.table, latest.current.overlay, latest.current.fates);
      words.hidden = !lines.length;
      if (!lines.length) return;
      words.replaceChildren(...lines.map((line, i) => Object.assign(document.createElement(i ? 'span' : 'strong'), { textContent: line })));
      const right = event.clientX - edge.left > edge.width - 240, low = event.clientY - edge.top > edge.height - 120;
      words.style.transform = `translate(${event.clientX - edge.left + (right ? -16 - words.offsetWidth : 16)}px, ${event.clientY - edge.top + (low ? -16 - words.offsetHeight : 16)}px)`;
    };
    const leave = () => (words.hidden = true);
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerleave', leave);
    return () => {
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerleave', leave);
    };
  }, [stage]);

  const bar = view && info.mpp ? barOf(info.mpp / view.zoom, 130) : undefined;
  return (
    <div className="pane" onPointerDownCapture={onLead} onWheelCapture={onLead} onFocusCapture={onLead} data-open={view ? 'yes' : undefined} data-loaded={loaded ? 'yes' : undefined}>
      <div className="stage" ref={box} />
      {title && <div className="pane-title">{title}</div>}
      {problem && <div className="pane-problem" role="alert">{problem}</div>}
      <div className="tile-tip" ref={tip} hidden />
      {marked >= 0 && (
        <div className="tile-mark" role="status">
          {linesOf(marked, table!, overlay).map((line, i) => (i ? <span key={line}>{line}</span> : <strong key={line}>{line}</strong>))}
        </div>
      )}
      <div className="hud bottom-left">
        {bar ? (
          <div className="scale-bar" aria-label={`Scale bar: ${length(bar.um)}`}>
            <span>{length(bar.um)}</span>
            <i style={{ width: bar.pixels }} />
          </div>
        ) : (
          view && <div className="scale-bar"><span>Resolution not known: no scale</span></div>
        )}
        {view && controls && (
          <span className="magnification" data-magnification>
            {info.mpp ? `${Number(magnificationAt(view.zoom, info.mpp).toPrecision(3))}×` : `${percent(view.zoom)} of full size`}
            {view.rotation > 0.05 && ` · ${Math.round(view.rotation)}°`}
          </span>
        )}
      </div>
      {controls && view && stage && <Overview slideId={slideId} info={info} view={view} stage={stage} />}
      {(controls || typeof overlay.layer === 'number') && <Legend words={legend()} />}
    </div>
  );
}

export function tileAt(table: TileTable | undefined, x: number, y: number): number {
  if (!table) return -1;
  const { x0, y0, step, columns, rows, side } = table.lattice;
  const column = Math.floor((x - x0) / step), row = Math.floor((y - y0) / step);
  if (column < 0 || row < 0 || column >= columns || row >= rows || x - x0 - column * step > side || y - y0 - row * step > side) return -1;
  return table.at[row * columns + column]!;
}

/** What is known of the place under the pointer, the most important first. */
function linesAt(x: number, y: number, table: TileTable | undefined, overlay: OverlaySettings, fates: FateGrid | undefined): string[] {
  const tile = tileAt(table, x, y);
  if (!table || tile < 0) {
    if (overlay.layer !== 'quality' || !fates) return [];
    const { lattice } = fates;
    const column = Math.floor((x - lattice.x0) / lattice.step), row = Math.floor((y - lattice.y0) / lattice.step);
    const word = column >= 0 && row >= 0 && column < lattice.columns && row < lattice.rows ? fates.words[fates.fates[row * lattice.columns + column]!] : undefined;
    return word ? [capital(word.replace('-', ' '))] : [];
  }
  return linesOf(tile, table, overlay);
}

/** The numbers of a tile; first the one that colours it. */
function linesOf(tile: number, table: TileTable, overlay: OverlaySettings): string[] {
  const chosen = typeof overlay.layer === 'number' ? overlay.layer : table.series.findIndex(series => series.scored);
  const told = (i: number) => {
    const series = table.series[i]!, { factor } = rangeOf(table, i), value = table.values[i]![tile]! * factor;
    return series.kind === 'attention' ? `Attention ${value.toPrecision(3)}× the mean` : `${capital(series.name)} ${value.toFixed(3)}`;
  };
  const lines = chosen >= 0 ? [told(chosen)] : [];
  if (chosen >= 0) {
    const values = table.values[chosen]!, lower = values.reduce((n, value) => n + Number(value < values[tile]!), 0);
    lines.push(`Higher than ${percent(Math.floor((100 * lower) / table.tiles) / 100)} of ${count(table.tiles)} tiles`);
  }
  lines.push(...table.series.map((_, i) => i).filter(i => i !== chosen && table.series.length <= 5).map(told));
  const flag = table.flags[tile];
  if (flag) lines.push(flag === 1 ? 'Easy: the teacher would mask it' : 'Hard: stays for the student');
  return lines;
}
