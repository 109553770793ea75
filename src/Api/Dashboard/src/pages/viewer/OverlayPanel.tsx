import { useId } from 'react';
import { Checkbox, Select } from '../../ui/Field';
import { Segments } from '../../ui/Button';
import { capital, count, percent } from '../../ui/words';
import { gradientOf, mapNames, wordsOf } from './colours';
import { valueAt } from './legend';
import type { OverlaySettings } from './overlay';
import type { FateGrid, TileTable } from './tiles';

interface Props {
  overlay: OverlaySettings;
  onChange: (changes: Partial<OverlaySettings>) => void;
  table: TileTable | undefined;
  fates: FateGrid | undefined;
}

/** What is drawn over the slide, and how. */
export function OverlayPanel({ overlay, onChange, table, fates }: Props) {
  const { layer } = overlay;
  const heat = typeof layer === 'number';
  return (
    <div className="stack">
      <Select
        label="Layer"
        value={String(layer)}
        onChange={event => {
          const value = event.target.value;
          const next = value === 'none' || value === 'mask' || value === 'quality' ? value : Number(value);
          onChange({ layer: next, threshold: 0, ...(typeof next === 'number' && table ? { scale: table.series[next]!.kind === 'attention' ? 'rank' as const : 'value' as const } : {}) });
        }}
      >
        <option value="none">None</option>
        {table?.series.map((series, i) => (
          <option key={i} value={i}>{series.kind === 'attention' ? 'Attention' : `Score for ${series.name}${series.scored ? ' (class-aware)' : ''}`}</option>
        ))}
        {table && table.easy + table.hard > 0 && <option value="mask">Easy and hard instances</option>}
        {fates && <option value="quality">What was left out, and why</option>}
      </Select>
      {layer !== 'none' && (
        <Slider label="Opacity" value={overlay.opacity} words={percent(overlay.opacity)} onChange={opacity => onChange({ opacity })} />
      )}
      {heat && table && (
        <>
          <Slider
            label="Show from"
            value={overlay.threshold}
            words={overlay.threshold ? `${valueAt(table, layer, overlay.scale, overlay.threshold)}${overlay.scale === 'rank' ? ` (upper ${percent(1 - overlay.threshold)})` : ''}` : 'all tiles'}
            onChange={threshold => onChange({ threshold })}
          />
          <div className="field">
            <span className="label">Colours by</span>
            <Segments label="Colours by" value={overlay.scale} options={[['value', 'Value'], ['rank', 'Rank']] as const} onChange={scale => onChange({ scale })} />
          </div>
          <Checkbox checked={overlay.fade} onChange={event => onChange({ fade: event.target.checked })}>Let low values fade</Checkbox>
          <fieldset className="maps">
            <legend>Colour map</legend>
            {mapNames.map(name => (
              <label key={name}>
                <input type="radio" name="map" checked={overlay.map === name} onChange={() => onChange({ map: name })} />
                <span>
                  <i style={{ background: gradientOf(name) }} />
                  {wordsOf(name)}
                </span>
              </label>
            ))}
          </fieldset>
        </>
      )}
      {layer === 'mask' && table && (
        <p className="quiet small">
          While it learns, the teacher hides the {count(table.easy)} tiles that are easiest to recognise, so that the student has to learn from the {count(table.hard)} hard ones that stay.
        </p>
      )}
      <div className="stack tight">
        <Checkbox checked={overlay.outline} disabled={!fates} onChange={event => onChange({ outline: event.target.checked })}>Tissue outline, by tile</Checkbox>
        <Checkbox checked={overlay.grid} disabled={!fates && !table} onChange={event => onChange({ grid: event.target.checked })}>Tile grid{table ? ` (${count(table.tiles)} tiles of ${table.tileSize} px)` : ''}</Checkbox>
        {!table && !fates && <p className="quiet small">Tiles are known when the slide is tiled.</p>}
      </div>
      {heat && table && <p className="quiet small">{table.series[layer]!.kind === 'attention' ? 'How much each tile weighs in the slide’s result: 1× is what it would be if all weighed the same.' : `${capital(table.series[layer]!.name)}: how much each tile speaks for it, weighted by its attention; 0 to 1.`}</p>}
    </div>
  );
}

function Slider({ label, value, words, onChange }: { label: string; value: number; words: string; onChange: (value: number) => void }) {
  const id = useId();
  return (
    <div className="field">
      <div className="row between">
        <label htmlFor={id} className="label">{label}</label>
        <span className="quiet small">{words}</span>
      </div>
      <input id={id} className="slider" type="range" min={0} max={1} step={0.01} value={value} aria-valuetext={words} onChange={event => onChange(Number(event.target.value))} />
    </div>
  );
}
