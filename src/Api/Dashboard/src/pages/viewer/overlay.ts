import { easyColour, hardColour, tableOf, type MapName } from './colours';
import { fates as fateLooks } from '../slides/Ledger';
import { ranksOf, type FateGrid, type Lattice, type TileTable } from './tiles';

/** What is drawn over the slide. */
export interface OverlaySettings {
  /** none, mask (easy and hard), quality (what was left out), or the number of a series of the prediction. */
  layer: 'none' | 'mask' | 'quality' | number;
  opacity: number;
  map: MapName;
  /** Colours by value, or by the place among all tiles. */
  scale: 'value' | 'rank';
  /** 0 to 1 along the legend: what is below is not drawn. */
  threshold: number;
  /** Low values let more of the slide through. */
  fade: boolean;
  outline: boolean;
  grid: boolean;
}

export const usualOverlay: OverlaySettings = { layer: 'none', opacity: 0.6, map: 'dusk', scale: 'value', threshold: 0, fade: true, outline: false, grid: false };

/** Six numbers that take pixels of level 0 to pixels of the screen. */
export type Matrix = [a: number, b: number, c: number, d: number, e: number, f: number];

/** The range of a series as its legend has it: attention as a multiple of its mean, class scores as they are. */
export function rangeOf(table: TileTable, series: number): { low: number; high: number; factor: number } {
  const one = table.series[series]!;
  return one.kind === 'attention' ? { low: 0, high: Math.max(one.most * table.tiles, 1e-9), factor: table.tiles } : { low: 0, high: 1, factor: 1 };
}

/** Where a tile stands along the legend, 0 to 1. */
export function placeOf(table: TileTable, series: number, scale: 'value' | 'rank', tile: number) {
  if (scale === 'rank') return ranksOf(table, series)[tile]!;
  const { low, high, factor } = rangeOf(table, series);
  return Math.min(1, Math.max(0, (table.values[series]![tile]! * factor - low) / (high - low)));
}

/** How much of its colour a place along the legend has. */
export const shareAt = (along: number, fade: boolean) => (fade ? 0.08 + 0.92 * along ** 1.5 : 1);

const rgb = (hex: string) => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));

/** A pixel per place of a lattice: however many tiles there are, a frame is one stretched picture. */
class Cells {
  readonly canvas = document.createElement('canvas');
  constructor(readonly lattice: Lattice, colour: (place: number, out: Uint8ClampedArray, at: number) => void) {
    this.canvas.width = lattice.columns;
    this.canvas.height = lattice.rows;
    const context = this.canvas.getContext('2d')!;
    const picture = context.createImageData(lattice.columns, lattice.rows);
    for (let place = 0; place < lattice.columns * lattice.rows; place++) colour(place, picture.data, 4 * place);
    context.putImageData(picture, 0, 0);
  }

  draw(context: CanvasRenderingContext2D, [a, b, c, d, e, f]: Matrix, opacity: number) {
    const { x0, y0, step } = this.lattice;
    context.setTransform(a * step, b * step, c * step, d * step, a * x0 + c * y0 + e, b * x0 + d * y0 + f);
    context.imageSmoothingEnabled = false;
    context.globalAlpha = opacity;
    context.drawImage(this.canvas, 0, 0);
    context.globalAlpha = 1;
  }
}

/** The edge between what is tissue and what is not, as lines along the places of the grid. */
function outlineOf({ lattice: { columns, rows }, fates }: FateGrid): Path2D {
  const path = new Path2D();
  const tissue = (x: number, y: number) => x >= 0 && y >= 0 && x < columns && y < rows && fates[y * columns + x] !== 1;
  // Neighbouring pieces of a line are one.
  for (let y = 0; y <= rows; y++)
    for (let x = 0, from = -1; x <= columns; x++) {
      const edge = x < columns && tissue(x, y) !== tissue(x, y - 1);
      if (edge && from < 0) from = x;
      if (!edge && from >= 0) {
        path.moveTo(from, y);
        path.lineTo(x, y);
        from = -1;
      }
    }
  for (let x = 0; x <= columns; x++)
    for (let y = 0, from = -1; y <= rows; y++) {
      const edge = y < rows && tissue(x, y) !== tissue(x - 1, y);
      if (edge && from < 0) from = y;
      if (!edge && from >= 0) {
        path.moveTo(x, from);
        path.lineTo(x, y);
        from = -1;
      }
    }
  return path;
}

/** Draws what is known of the tiles onto a canvas over the slide. */
export class Overlay {
  private cells: Cells | undefined;
  private outline: Path2D | undefined;
  private settings = usualOverlay;
  private table: TileTable | undefined;
  private fates: FateGrid | undefined;
  /** How many tiles are above the threshold. */
  shown = 0;
  /** The tile that is pointed out; −1 none. */
  marked = -1;

  set(settings: OverlaySettings, table: TileTable | undefined, fates: FateGrid | undefined) {
    const same = this.table === table && this.fates === fates && (['layer', 'map', 'scale', 'threshold', 'fade'] as const).every(name => this.settings[name] === settings[name]);
    if (this.fates !== fates) this.outline = fates && outlineOf(fates);
    [this.settings, this.table, this.fates] = [settings, table, fates];
    if (!same) this.cells = this.make();
  }

  private make(): Cells | undefined {
    const { settings: { layer, map, scale, threshold, fade }, table, fates } = this;
    this.shown = 0;
    if (layer === 'quality' && fates) {
      const looks = fates.words.map(word => (word === 'read' || word === 'no-tissue' ? null : rgb(fateLooks[word]?.colour ?? '#c8352b')));
      return new Cells(fates.lattice, (place, out, at) => {
        const look = looks[fates.fates[place]!];
        if (look) out.set([...look, 255], at);
      });
    }
    if (!table) return undefined;
    if (layer === 'mask')
      return new Cells(table.lattice, (place, out, at) => {
        const tile = table.at[place]!;
        const flag = tile < 0 ? 0 : table.flags[tile];
        if (flag) out.set(flag === 1 ? [...easyColour, 255] : [...hardColour, 120], at);
      });
    if (typeof layer !== 'number' || !table.series[layer]) return undefined;
    const colours = tableOf(map);
    return new Cells(table.lattice, (place, out, at) => {
      const tile = table.at[place]!;
      if (tile < 0) return;
      const along = placeOf(table, layer, scale, tile);
      if (along < threshold) return;
      this.shown++;
      const i = 3 * Math.round(255 * along);
      out[at] = colours[i]!;
      out[at + 1] = colours[i + 1]!;
      out[at + 2] = colours[i + 2]!;
      out[at + 3] = 255 * shareAt(along, fade);
    });
  }

  draw(context: CanvasRenderingContext2D, matrix: Matrix, width: number, height: number) {
    const { settings, table, fates } = this;
    const [a, b, c, d, e, f] = matrix;
    const zoom = Math.hypot(a, b);
    if (this.cells && settings.opacity > 0) this.cells.draw(context, matrix, settings.opacity);
    const lattice = table?.lattice ?? fates?.lattice;
    if (settings.grid && lattice && lattice.step * zoom >= 7) this.lines(context, matrix, lattice, width, height);
    if (settings.outline && this.outline && fates) {
      const { x0, y0, step } = fates.lattice;
      context.setTransform(a * step, b * step, c * step, d * step, a * x0 + c * y0 + e, b * x0 + d * y0 + f);
      context.lineWidth = 3.5 / (step * zoom);
      context.strokeStyle = 'rgb(255 255 255 / .85)';
      context.stroke(this.outline);
      context.lineWidth = 1.75 / (step * zoom);
      context.strokeStyle = '#0b4f5e';
      context.stroke(this.outline);
    }
    if (this.marked >= 0 && table) {
      const { side } = table.lattice;
      context.setTransform(a, b, c, d, e, f);
      context.lineWidth = 4.5 / zoom;
      context.strokeStyle = '#fff';
      context.strokeRect(table.x[this.marked]!, table.y[this.marked]!, side, side);
      context.lineWidth = 2.25 / zoom;
      context.strokeStyle = '#0b4f5e';
      context.strokeRect(table.x[this.marked]!, table.y[this.marked]!, side, side);
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
  }

  // Only the places that can be seen.
  private lines(context: CanvasRenderingContext2D, matrix: Matrix, lattice: Lattice, width: number, height: number) {
    const [a, b, c, d, e, f] = matrix;
    const corners = [[0, 0], [width, 0], [0, height], [width, height]].map(([x, y]) => invert(matrix, x!, y!));
    const place = (v: number, first: number, most: number) => Math.min(most, Math.max(0, Math.floor((v - first) / lattice.step)));
    const left = place(Math.min(...corners.map(p => p[0])), lattice.x0, lattice.columns - 1), right = place(Math.max(...corners.map(p => p[0])), lattice.x0, lattice.columns - 1);
    const top = place(Math.min(...corners.map(p => p[1])), lattice.y0, lattice.rows - 1), bottom = place(Math.max(...corners.map(p => p[1])), lattice.y0, lattice.rows - 1);
    context.setTransform(a, b, c, d, e, f);
    context.lineWidth = 1 / Math.hypot(a, b);
    context.strokeStyle = 'rgb(8 60 75 / .55)';
    context.beginPath();
    for (let row = top; row <= bottom; row++)
      for (let column = left; column <= right; column++) {
        const i = row * lattice.columns + column;
        const there = this.table ? this.table.at[i]! >= 0 : this.fates?.fates[i] === 0;
        if (there) context.rect(lattice.x0 + column * lattice.step, lattice.y0 + row * lattice.step, lattice.side, lattice.side);
      }
    context.stroke();
  }
}

/** The pixel of level 0 under a pixel of the screen. */
export function invert([a, b, c, d, e, f]: Matrix, x: number, y: number): [number, number] {
  const det = a * d - b * c;
  return [(d * (x - e) - c * (y - f)) / det, (a * (y - f) - b * (x - e)) / det];
}
