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

/** Where the tiles of a prediction lie: as TileGrid.Starts of the service places them, a step that is no whole number of pixels, each place rounded by itself. */
function latticeOf({ tileSize, mpp, slideMpp, tileSizeLevel0: side }: TableDto, x: Int32Array, y: Int32Array): Lattice {
  const step = slideMpp ? (tileSize * mpp) / slideMpp : side;
  const span = (values: Int32Array) => values.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)] as const, [Infinity, -Infinity] as readonly [number, number]);
  const [[x0, x1], [y0, y1]] = [span(x), span(y)];
  return { x0, y0, step, columns: Math.round((x1 - x0) / step) + 1, rows: Math.round((y1 - y0) / step) + 1, side };
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
  const lattice = latticeOf(about, x, y);
  const at = new Int32Array(lattice.columns * lattice.rows).fill(-1);
  for (let i = 0; i < n; i++) {
    const place = Math.round((y[i]! - lattice.y0) / lattice.step) * lattice.columns + Math.round((x[i]! - lattice.x0) / lattice.step);
    if (place >= 0 && place < at.length) at[place] = i;
  }
  return { ...about, x, y, values, flags, lattice, at, ranks: [] };
}

/** The place of each tile among all by one series, 0 (least) to 1 (most); equals have the same. */
export function ranksOf(table: TileTable, series: number): Float32Array {
  const known = table.ranks[series];
  if (known) return known;
  const values = table.values[series]!;
  const order = Uint32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float32Array(values.length);
  let lower = 0;
  order.forEach((tile, place) => {
    if (place && values[tile]! > values[order[place - 1]!]!) lower = place;
    ranks[tile] = lower;
  });
  for (let i = 0; i < ranks.length; i++) ranks[i] = lower ? ranks[i]! / lower : 1;
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

export function fatesOf({ x, y, words, fates, tileSizeLevel0: side }: GridDto): FateGrid {
  // Every place is there, so that the first and the last of the longer side tell the step.
  const line = x.length > y.length ? x : y, step = line.length > 1 ? (line.at(-1)! - line[0]!) / (line.length - 1) : side;
  return { lattice: { x0: x[0]!, y0: y[0]!, step, columns: x.length, rows: y.length, side }, words, fates: Uint8Array.from(atob(fates), c => c.charCodeAt(0)) };
}
