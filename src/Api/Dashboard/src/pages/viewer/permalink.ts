import { mapNames, type MapName } from './colours';
import { usualOverlay, type OverlaySettings } from './overlay';
import type { View } from './Stage';

/** A place on the slide, in pixels of level 0. */
export type Spot = readonly [x: number, y: number];

/** Everything that makes a view of a slide what it is; lies in the address, so that it can be sent to somebody. */
export interface Link {
  prediction?: string;
  /** Beside it. */
  other?: string;
  view?: View;
  /** The place that is pointed out, in pixels of level 0. */
  spot?: Spot;
  overlay: OverlaySettings;
  /** Which layer was chosen; by name, because another model has other numbers. */
  layer?: string;
}

const round = (value: number, digits: number) => Number(value.toFixed(digits)).toString();

export function read(search: string): Link {
  const words = new URLSearchParams(search);
  const number = (name: string, least: number, most: number, usual: number) => {
    const value = Number(words.get(name) ?? NaN);
    return Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : usual;
  };
  const zoom = number('z', 1e-6, 64, 0);
  const map = words.get('map') as MapName;
  const spot = words.get('at')?.split(',').map(Number);
  return {
    prediction: words.get('p') ?? undefined,
    other: words.get('p2') ?? undefined,
    view: zoom ? { x: number('x', -1e9, 1e9, 0), y: number('y', -1e9, 1e9, 0), zoom, rotation: number('r', 0, 360, 0) } : undefined,
    spot: spot?.length === 2 && spot.every(Number.isFinite) ? [spot[0]!, spot[1]!] : undefined,
    layer: words.get('layer') ?? undefined,
    overlay: {
      ...usualOverlay,
      opacity: number('opacity', 0, 1, usualOverlay.opacity),
      map: mapNames.includes(map) ? map : usualOverlay.map,
      scale: words.get('scale') === 'rank' ? 'rank' : words.get('scale') === 'value' ? 'value' : usualOverlay.scale,
      threshold: number('from', 0, 1, 0),
      fade: words.get('fade') !== '0',
      outline: words.get('outline') === '1',
      grid: words.get('grid') === '1',
    },
  };
}

export function write({ prediction, other, view, spot, layer, overlay }: Link): string {
  const words = new URLSearchParams();
  if (prediction) words.set('p', prediction);
  if (other) words.set('p2', other);
  if (view) {
    words.set('x', round(view.x, 0));
    words.set('y', round(view.y, 0));
    words.set('z', Number(view.zoom.toPrecision(5)).toString());
    if (view.rotation) words.set('r', round(view.rotation, 1));
  }
  if (spot) words.set('at', spot.map(Math.round).join(','));
  if (layer) words.set('layer', layer);
  if (overlay.opacity !== usualOverlay.opacity) words.set('opacity', round(overlay.opacity, 2));
  if (overlay.map !== usualOverlay.map) words.set('map', overlay.map);
  if (layer && layer !== 'none') words.set('scale', overlay.scale);
  if (overlay.threshold) words.set('from', round(overlay.threshold, 2));
  if (!overlay.fade) words.set('fade', '0');
  if (overlay.outline) words.set('outline', '1');
  if (overlay.grid) words.set('grid', '1');
  return words.size ? `?${words}` : '';
}
