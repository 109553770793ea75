import { request, url } from '../../api/client';

export interface Series {
  name: string;
  kind: string;
  scored: boolean;
  least: number;
  most: number;
}

/** As the service has it: src/Workers/Pipeline/TileTable.cs. */
interface TableDto {
  tiles: number;
  tileSize: number;
  tileSizeLevel0: number;
  mpp: number;
  slideMpp: number | null;
  slideWidth: number;
  slideHeight: number;
  easy: number;
  hard: number;
  series: Series[];
}

/** A regular grid of places over the slide, in pixels of level 0. */
export interface Lattice {
  x0: number;
  y0: number;
  step: number;
  columns: number;
  rows: number;
  /** Side of a tile. */
  side: number;
}

/** The tiles of a prediction with everything that is known of each. */
export interface TileTable extends TableDto {
  x: Int32Array;
  y: Int32Array;
  values: Float32Array[];
  /** 1 easy: the teacher would mask it; 2 hard: it stays; 0 neither. */
  flags: Uint8Array;
  lattice: Lattice;
  /** [rows · columns] which tile is there; −1 none. */
  at: Int32Array;
  /** By series: the place of each tile among all, 0 to 1. */
  ranks: (Float32Array | undefined)[];
}

function axis(values: Int32Array, side: number): [first: number, step: number, count: number] {
  const sorted = Int32Array.from(new Set(values)).sort();
  let least = Infinity;
  for (let i = 1; i < sorted.length; i++) least = Math.min(least, sorted[i]! - sorted[i - 1]!);
  const first = sorted[0] ?? 0, length = (sorted.at(-1) ?? 0) - first;
  if (!Number.isFinite(least)) return [first, side, 1];
  // Places are rounded one by one, so that the least distance may be a pixel short: the whole length tells the step.
  const steps = Math.max(1, Math.round(length / least));
  const fine = length / steps;
  return [first, Math.abs(fine - least) <= 1 ? fine : least, Math.round(length / (Math.abs(fine - least) <= 1 ? fine : least)) + 1];
}

/** Where the places of some tiles lie. */
export function latticeOf(x: Int32Array, y: Int32Array, side: number): Lattice {
  const [x0, stepX, columns] = axis(x, side);
  const [y0, stepY, rows] = axis(y, side);
  const step = columns > 1 && rows > 1 ? (stepX * columns + stepY * rows) / (columns + rows) : columns > 1 ? stepX : stepY;
  return { x0, y0, step, columns, rows, side };
}

export async function loadTiles(predictionId: string): Promise<TileTable> {
  const [about, numbers] = await Promise.all([
    request(url('/api/v1/predictions/{id}/tiles', { id: predictionId })).then(r => r.json() as Promise<TableDto>),
    request(url('/api/v1/predictions/{id}/tiles.bin', { id: predictionId })).then(r => r.arrayBuffer()),
  ]);
  const n = about.tiles;
  const x = new Int32Array(numbers, 0, n), y = new Int32Array(numbers, 4 * n, n);
  const values = about.series.map((_, i) => new Float32Array(numbers, (8 + 4 * i) * n, n));
  const flags = new Uint8Array(numbers, (8 + 4 * about.series.length) * n, n);
  const lattice = latticeOf(x, y, about.tileSizeLevel0);
  const at = new Int32Array(lattice.columns * lattice.rows).fill(-1);
  for (let i = 0; i < n; i++) {
    const place = Math.round((y[i]! - lattice.y0) / lattice.step) * lattice.columns + Math.round((x[i]! - lattice.x0) / lattice.step);
    if (place >= 0 && place < at.length) at[place] = i;
  }
  return { ...about, x, y, values, flags, lattice, at, ranks: [] };
}

/** The place of each tile among all by one series, 0 (least) to 1 (most). */
export function ranksOf(table: TileTable, series: number): Float32Array {
  const known = table.ranks[series];
  if (known) return known;
  const values = table.values[series]!;
  const order = Uint32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float32Array(values.length);
  order.forEach((tile, place) => (ranks[tile] = values.length > 1 ? place / (values.length - 1) : 1));
  return (table.ranks[series] = ranks);
}

export interface GridDto {
  tileSize: number;
  tileSizeLevel0: number;
  mpp: number;
  x: number[];
  y: number[];
  words: string[];
  fates: string;
}

/** What became of every place of the slide's own grid. */
export interface FateGrid {
  lattice: Lattice;
  words: string[];
  fates: Uint8Array;
}

export function fatesOf(grid: GridDto): FateGrid {
  const x = Int32Array.from(grid.x), y = Int32Array.from(grid.y);
  return { lattice: { ...latticeOf(x, y, grid.tileSizeLevel0), columns: x.length, rows: y.length }, words: grid.words, fates: Uint8Array.from(atob(grid.fates), c => c.charCodeAt(0)) };
}
