import { count, percent } from '../../ui/words';
import { fates as looks } from '../slides/Ledger';
import { easyColour, hardColour, type MapName } from './colours';
import { rangeOf, type OverlaySettings } from './overlay';
import { ranksOf, type FateGrid, type TileTable } from './tiles';

/** What the colours over a slide mean: a ramp with numbers, or a few colours by name. The same on the screen and in a saved picture. */
export interface LegendWords {
  title: string;
  ramp?: { map: MapName; fade: boolean; threshold: number; byRank: boolean; numbers: string[] };
  keys?: { colour: string; words: string; count: number }[];
  note?: string;
}

/** What a place along the legend means in the series' own unit. */
export function valueAt(table: TileTable, series: number, scale: 'value' | 'rank', along: number): string {
  const { low, high, factor } = rangeOf(table, series);
  let value = low + along * (high - low);
  if (scale === 'rank') {
    const ranks = ranksOf(table, series);
    let nearest = 0;
    for (let i = 1; i < ranks.length; i++) if (Math.abs(ranks[i]! - along) < Math.abs(ranks[nearest]! - along)) nearest = i;
    value = table.values[series]![nearest]! * factor;
  }
  if (table.series[series]!.kind !== 'attention') return value.toFixed(2);
  return value > 0 && value < 0.01 ? '<0.01×' : `${Number(value.toPrecision(2))}×`;
}

const nameOf = (table: TileTable, series: number) => {
  const { name, kind } = table.series[series]!;
  return kind === 'attention' ? 'Attention, × mean' : `Speaks for ${name}`;
};

export function legendOf(table: TileTable | undefined, overlay: OverlaySettings, shown: number, fates: FateGrid | undefined): LegendWords | undefined {
  const { layer, map, scale, threshold, fade } = overlay;
  if (layer === 'quality' && fates) {
    const there = fates.words.map((word, i) => [word, fates.fates.reduce((n, fate) => n + Number(fate === i), 0)] as const).filter(([word, n]) => n && word !== 'read' && word !== 'no-tissue');
    return { title: 'Left out', keys: there.map(([word, n]) => ({ colour: looks[word]?.colour ?? '#c8352b', words: looks[word]?.words ?? word, count: n })), note: there.length ? undefined : 'Nothing but glass' };
  }
  if (!table) return undefined;
  if (layer === 'mask')
    return {
      title: 'Masked while training',
      keys: [
        { colour: `rgb(${easyColour.join(' ')})`, words: 'Easy: masked by the teacher', count: table.easy },
        { colour: `rgb(${hardColour.join(' ')})`, words: 'Hard: stays', count: table.hard },
      ],
    };
  if (typeof layer !== 'number' || !table.series[layer]) return undefined;
  return {
    title: nameOf(table, layer),
    ramp: { map, fade, threshold, byRank: scale === 'rank', numbers: [0, 0.25, 0.5, 0.75, 1].map(along => valueAt(table, layer, scale, along)) },
    note: `${scale === 'rank' ? 'Colours by rank' : 'Colours by value'} · ${count(shown)} of ${count(table.tiles)} tiles${threshold > 0 ? ` (${percent(shown / table.tiles)})` : ''}`,
  };
}
