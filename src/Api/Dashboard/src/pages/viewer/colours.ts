// Colour maps whose lightness rises evenly from end to end, so that more looks like more to every eye and in grey print too; two of the three avoid red against
// green altogether. Computed in OKLCH (lightness, chroma, hue) and clipped to what screens show.

export type MapName = 'dusk' | 'sea' | 'ember';

/** Where a map passes: place 0 to 1, lightness, chroma, hue in degrees. */
const stops: Record<MapName, { words: string; path: [at: number, l: number, c: number, h: number][] }> = {
  dusk: { words: 'Blue to yellow', path: [[0, 0.3, 0.11, 264], [0.35, 0.5, 0.07, 255], [0.5, 0.6, 0.02, 200], [0.65, 0.7, 0.07, 105], [1, 0.94, 0.17, 103]] },
  sea: { words: 'Violet to green to yellow', path: [[0, 0.27, 0.15, 310], [0.3, 0.45, 0.11, 265], [0.55, 0.6, 0.1, 200], [0.78, 0.77, 0.16, 150], [1, 0.94, 0.19, 108]] },
  ember: { words: 'Black to orange to white', path: [[0, 0.18, 0.02, 300], [0.3, 0.4, 0.15, 350], [0.6, 0.65, 0.2, 405], [0.85, 0.84, 0.16, 440], [1, 0.98, 0.04, 460]] },
};

export const mapNames = Object.keys(stops) as MapName[];
export const wordsOf = (name: MapName) => stops[name].words;

function srgb(l: number, c: number, h: number): [number, number, number] {
  const [a, b] = [c * Math.cos((h * Math.PI) / 180), c * Math.sin((h * Math.PI) / 180)];
  const [lms0, lms1, lms2] = [(l + 0.3963377774 * a + 0.2158037573 * b) ** 3, (l - 0.1055613458 * a - 0.0638541728 * b) ** 3, (l - 0.0894841775 * a - 1.291485548 * b) ** 3];
  const linear = [4.0767416621 * lms0 - 3.3077115913 * lms1 + 0.2309699292 * lms2, -1.2684380046 * lms0 + 2.6097574011 * lms1 - 0.3413193965 * lms2, -0.0041960863 * lms0 - 0.7034186147 * lms1 + 1.707614701 * lms2];
  return linear.map(v => Math.round(255 * Math.min(1, Math.max(0, v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055)))) as [number, number, number];
}

const tables = new Map<MapName, Uint8ClampedArray>();

/** 256 colours, RGB one after the other. */
export function tableOf(name: MapName): Uint8ClampedArray {
  const known = tables.get(name);
  if (known) return known;
  const { path } = stops[name];
  const table = new Uint8ClampedArray(256 * 3);
  for (let i = 0, s = 0; i < 256; i++) {
    const at = i / 255;
    while (s < path.length - 2 && at > path[s + 1]![0]) s++;
    const [from, to] = [path[s]!, path[s + 1]!];
    const t = (at - from[0]) / (to[0] - from[0]);
    table.set(srgb(from[1] + t * (to[1] - from[1]), from[2] + t * (to[2] - from[2]), from[3] + t * (to[3] - from[3])), 3 * i);
  }
  tables.set(name, table);
  return table;
}

/** For a legend. */
export function gradientOf(name: MapName, share: (along: number) => number = () => 1) {
  const table = tableOf(name);
  return `linear-gradient(to right, ${Array.from({ length: 17 }, (_, i) => {
    const at = Math.min(255, i * 16);
    return `rgb(${[...table.subarray(3 * at, 3 * at + 3)].join(' ')} / ${share(at / 255).toFixed(2)})`;
  }).join(', ')})`;
}

/** Easy and hard: orange and blue, which every kind of eye tells apart. */
export const easyColour = [230, 130, 20] as const;
export const hardColour = [20, 105, 180] as const;
