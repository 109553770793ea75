import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { url } from '../../api/client';
import type { Prediction, SlideDetails } from '../../api/types';
import { useData, usePages } from '../../api/useData';
import { useKeys, type Keymap } from '../../app/keys';
import { useSession } from '../../app/session';
import { trail } from '../../app/trail';
import { Button, IconButton } from '../../ui/Button';
import { Copy, copy } from '../../ui/Copy';
import { Icon } from '../../ui/Icon';
import { Facts, useTitle } from '../../ui/Layout';
import { Empty, ErrorBox, Loading, Note } from '../../ui/States';
import { Tabs } from '../../ui/Tabs';
import { count, length, magnification, percent, resolution } from '../../ui/words';
import { problemOf, vendorOf } from '../slides/words';
import { PredictDialog } from '../slides/PredictDialog';
import { OverlayPanel } from './OverlayPanel';
import type { OverlaySettings } from './overlay';
import { Pane, type PaneHandle } from './Pane';
import { read, write, type Spot } from './permalink';
import { ResultPanel } from './ResultPanel';
import { useSummary } from './result';
import { magnificationAt, steps, zoomAt } from './scale';
import { saveSnapshot } from './snapshot';
import type { SlideInfo, View } from './Stage';
import { fatesOf, type GridDto, type TileTable } from './tiles';
import { TopTiles } from './TopTiles';
import { useCases } from './useCases';
import { useTiles } from './useTiles';
import '../slides/slides.css';
import './viewer.css';

const tabs = [{ id: 'result', label: 'Result' }, { id: 'overlay', label: 'Overlay' }, { id: 'slide', label: 'Slide' }] as const;
type TabName = (typeof tabs)[number]['id'];
/** A model and what it calls, in a line. */
const callOf = (p: Prediction) => `${p.modelName}${p.state !== 'succeeded' ? ` (${p.state})` : p.predictedClass ? `: ${p.predictedClass} ${percent(p.classes.find(c => c.name === p.predictedClass)?.probability ?? 0)}` : ''}`;
const over = (p: Prediction) => p.state === 'succeeded' || p.state === 'failed' || p.state === 'cancelled';

/** Which layer a name means for the tiles of a prediction. */
function layerOf(name: string | undefined, table: TileTable | undefined): OverlaySettings['layer'] {
  if (name === undefined || name === 'none') return 'none';
  if (name === 'mask' || name === 'quality') return name;
  const at = table?.series.findIndex(series => (name === 'attention' ? series.kind === 'attention' : name === `class:${series.name}`)) ?? -1;
  return at >= 0 ? at : 'none';
}

const nameOf = (layer: OverlaySettings['layer'], table: TileTable | undefined) => typeof layer !== 'number' ? layer : table?.series[layer]?.kind === 'attention' ? 'attention' : `class:${table?.series[layer]?.name}`;

export default function Viewer({ slideId }: { slideId: string }) {
  const details = useData<SlideDetails>(url('/api/v1/slides/{id}', { id: slideId }), found => (found.slide.state === 'processing' ? 2000 : 0));
  const about = useData<SlideInfo & { grid: GridDto | null }>(url('/api/v1/slides/{id}/view', { id: slideId }));
  const predictions = usePages<Prediction>(url('/api/v1/predictions', {}, { slideId, limit: 100 }), found => (found.every(over) ? 0 : 1500));
  useTitle(details.data?.slide.name ?? 'Viewer');
  const ready = details.data?.slide.tileCount;
  const renewView = about.refresh;
  useEffect(() => renewView(), [ready, renewView]);
  if (!details.data || !about.data) {
    const failed = details.error && !details.data ? details : about.error && !about.data ? about : undefined;
    return <div className="page">{failed ? <ErrorBox error={failed.error!} retry={failed.refresh} /> : <Loading lines={6} label="The slide is being opened" />}</div>;
  }
  return <Open slideId={slideId} details={details.data} about={about.data} predictions={predictions.data} renew={predictions.refresh} />;
}

interface OpenProps {
  slideId: string;
  details: SlideDetails;
  about: SlideInfo & { grid: GridDto | null };
  predictions: Prediction[] | undefined;
  renew: () => void;
}

function Open({ slideId, details, about, predictions, renew }: OpenProps) {
  const { slide } = details;
  const [, navigate] = useLocation();
  const { can } = useSession();
  const start = useRef(read(location.search)).current;
  const [chosen, setChosen] = useState(start.prediction);
  const [beside, setBeside] = useState(start.other);
  const [layerName, setLayerName] = useState(start.layer);
  const [settings, setSettings] = useState(start.overlay);
  const [tab, setTab] = useState<TabName>('result');
  const [panel, setPanel] = useState(true);
  const [strip, setStrip] = useState(true);
  const [rank, setRank] = useState(0);
  const [spot, setSpot] = useState(start.spot);
  const [asking, setAsking] = useState(false);
  const [zoom, setZoom] = useState(0);
  const left = useRef<PaneHandle>(null), right = useRef<PaneHandle>(null);
  const back = useRef(trail.back()).current;
  const cases = useCases(slideId, back.worklist);
  const lead = useRef<'left' | 'right'>('left');
  const view = useRef<View | undefined>(start.view);

  const done = useMemo(() => (predictions ?? []).filter(p => p.state === 'succeeded'), [predictions]);
  const prediction = (predictions ?? []).find(p => p.id === chosen) ?? (chosen ? undefined : (done[0] ?? predictions?.[0]));
  const other = done.find(p => p.id === beside);
  const mainTiles = useTiles(prediction?.state === 'succeeded' ? prediction.id : undefined);
  const otherTiles = useTiles(other?.id);
  const summary = useSummary(prediction?.state === 'succeeded' ? prediction.id : undefined);
  const fates = useMemo(() => (about.grid ? fatesOf(about.grid) : undefined), [about.grid]);
  const info = useMemo<SlideInfo>(() => about, [about.width, about.height, about.mpp]);

  // The heatmap of what the result is about is there at once, unless the address says otherwise.
  const usual = mainTiles.table?.series.find(series => series.scored);
  const wantedName = layerName ?? (usual ? `class:${usual.name}` : 'none');
  const overlay = useMemo<OverlaySettings>(() => ({ ...settings, layer: layerOf(wantedName, mainTiles.table) }), [settings, wantedName, mainTiles.table]);
  const overlayBeside = useMemo<OverlaySettings>(() => ({ ...settings, layer: layerOf(wantedName, otherTiles.table) }), [settings, wantedName, otherTiles.table]);
  const change = useCallback(
    (changes: Partial<OverlaySettings>) => {
      if (changes.layer !== undefined) setLayerName(nameOf(changes.layer, mainTiles.table));
      setSettings(old => ({ ...old, ...changes }));
    },
    [mainTiles.table],
  );

  // The address follows what is seen.
  const saving = useRef<ReturnType<typeof setTimeout>>(undefined);
  const link = useCallback(
    () => `${location.pathname}${write({ prediction: prediction?.id, other: other?.id, view: view.current, spot, layer: layerName, overlay: settings })}`,
    [prediction?.id, other?.id, layerName, settings, spot],
  );
  const save = useCallback(() => {
    clearTimeout(saving.current);
    saving.current = setTimeout(() => history.replaceState(history.state, '', link()), 350);
  }, [link]);
  const saveLatest = useRef(save);
  saveLatest.current = save;
  useEffect(() => save(), [save]);
  useEffect(() => () => clearTimeout(saving.current), []);

  const seen = useCallback((from: 'left' | 'right', next: View) => {
    if (from !== lead.current) return;
    view.current = next;
    setZoom(next.zoom);
    (from === 'left' ? right : left).current?.stage?.show(next, true);
    saveLatest.current();
  }, []);
  const stage = () => (lead.current === 'left' ? left : right).current?.stage;

  const fly = (next: number) => {
    const tile = summary.data?.topTiles.find(one => one.rank === next);
    if (!tile) return;
    setRank(next);
    const side = summary.data!.tileSizeLevel0, middle: Spot = [tile.x + side / 2, tile.y + side / 2];
    const at = left.current?.stage;
    if (!at) return;
    lead.current = 'left';
    setSpot(middle);
    at.show({ x: middle[0], y: middle[1], zoom: Math.min(1.5, at.box.offsetHeight / (side * 3.2)), rotation: at.view().rotation });
  };
  const most = summary.data?.topTiles.length ?? 0;
  const magnifications = info.mpp ? steps(info.mpp) : [];
  const share = () => void copy(`${location.origin}${link()}`, 'Link to this view copied.');
  const snapshot = () => {
    const shots = ([[left, prediction], [right, other]] as const).flatMap(([{ current: pane }, shown]) =>
      pane?.stage ? [{ stage: pane.stage, title: shown && callOf(shown), legend: pane.legend() }] : []);
    saveSnapshot(shots, slide.name, info.mpp);
  };
  const turn = (by: number) => {
    const at = stage();
    if (at) at.rotateTo(Math.round(at.view().rotation) + by);
  };

  useKeys('Viewer', {
    ArrowLeft: ['Move left', () => stage()?.panBy(-0.15, 0)],
    ArrowRight: ['Move right', () => stage()?.panBy(0.15, 0)],
    ArrowUp: ['Move up', () => stage()?.panBy(0, -0.15)],
    ArrowDown: ['Move down', () => stage()?.panBy(0, 0.15)],
    '+': ['Nearer', () => stage()?.zoomBy(1.5)],
    '-': ['Farther', () => stage()?.zoomBy(1 / 1.5)],
    '0': ['Whole slide', () => stage()?.home()],
    ...(Object.fromEntries(magnifications.map((m, i) => [`${i + 1}`, [`${m}×`, () => stage()?.zoomTo(zoomAt(m, info.mpp!))]])) as Keymap),
    r: ['Rotate by 15°', () => turn(15)],
    R: ['Rotate back by 15°', () => turn(-15)],
    h: ['Heatmap on and off', () => setLayerName(wantedName === 'none' ? (usual ? `class:${usual.name}` : 'none') : 'none')],
    '[': ['Overlay fainter', () => change({ opacity: Math.max(0, Math.round(10 * settings.opacity - 1) / 10) })],
    ']': ['Overlay stronger', () => change({ opacity: Math.min(1, Math.round(10 * settings.opacity + 1) / 10) })],
    o: ['Tissue outline', () => change({ outline: !settings.outline })],
    t: ['Tile grid', () => change({ grid: !settings.grid })],
    n: ['Next top tile', () => fly((rank % Math.max(1, most)) + 1)],
    p: ['Previous top tile', () => fly(rank > 1 ? rank - 1 : most)],
    Escape: ['Let go of the tile', () => setSpot(undefined)],
    l: ['Copy link to this view', share],
    s: ['Save a picture of the view', snapshot],
    i: ['Panel', () => setPanel(!panel)],
  });

  const { at, next, previous } = cases;
  const go = (to: typeof next) => to && navigate(`/view/${to.slideId}${write({ prediction: to.predictionId, layer: layerName, overlay: settings })}`);
  useKeys('Worklist', { j: ['Next case', () => go(next)], k: ['Previous case', () => go(previous)] }, at >= 0);

  const starting = view.current;
  return (
    <div className="viewer">
      <header className="viewer-bar">
        <IconButton icon="left" kind="plain" label={back.words} onClick={() => navigate(back.to)} />
        <h1 className="cut"><Link href={`/slides/${slideId}`} title={slide.name}>{slide.name}</Link></h1>
        {at >= 0 && (
          <div className="row cases" role="group" aria-label="Worklist">
            <IconButton icon="up" kind="plain" small label="Previous case (k)" disabled={!previous} onClick={() => go(previous)} />
            <span className="quiet small nowrap">{at + 1} of {cases.count}</span>
            <IconButton icon="down" kind="plain" small label="Next case (j)" disabled={!next} onClick={() => go(next)} />
          </div>
        )}
        {(predictions?.length ?? 0) > 0 && (
          <label className="choose">
            <span className="for-readers">Model</span>
            <select className="input" value={prediction?.id ?? ''} onChange={event => { setChosen(event.target.value); setRank(0); }}>
              {predictions!.map(p => <option key={p.id} value={p.id}>{callOf(p)}</option>)}
            </select>
          </label>
        )}
        {done.length > 1 && (
          <label className="choose">
            <span className="for-readers">Beside it</span>
            <select className="input" value={other?.id ?? ''} onChange={event => setBeside(event.target.value || undefined)}>
              <option value="">Compare with…</option>
              {done.filter(p => p.id !== prediction?.id).map(p => <option key={p.id} value={p.id}>{callOf(p)}</option>)}
            </select>
          </label>
        )}
        <div className="tools">
          <IconButton icon="camera" kind="plain" label="Save a picture of the view (s)" onClick={snapshot} />
          <IconButton icon="link" kind="plain" label="Copy link to this view (l)" onClick={share} />
          <IconButton icon="panel" kind="plain" label="Panel (i)" aria-pressed={panel} onClick={() => setPanel(!panel)} />
        </div>
      </header>
      <div className={`viewer-body ${panel ? '' : 'alone'}`}>
        <div className="panes">
          <Pane ref={left} slideId={slideId} slideName={slide.name} info={info} start={starting} overlay={overlay} table={mainTiles.table} fates={fates} spot={spot} title={other && prediction ? callOf(prediction) : undefined} onView={next => seen('left', next)} onSpot={setSpot} onLead={() => (lead.current = 'left')} controls={!other} />
          {other && <Pane ref={right} slideId={slideId} slideName={slide.name} info={info} start={starting} overlay={overlayBeside} table={otherTiles.table} fates={fates} spot={spot} title={callOf(other)} onView={next => seen('right', next)} onSpot={setSpot} onLead={() => (lead.current = 'right')} />}
          <div className="zoom-tools" role="group" aria-label="Zoom and rotation">
            <IconButton icon="plus" kind="plain" label="Nearer (+)" onClick={() => stage()?.zoomBy(1.5)} />
            <IconButton icon="minus" kind="plain" label="Farther (−)" onClick={() => stage()?.zoomBy(1 / 1.5)} />
            <IconButton icon="expand" kind="plain" label="Whole slide (0)" onClick={() => stage()?.home()} />
            <hr />
            {magnifications.map((m, i) => (
              <Button key={m} kind="plain" small aria-pressed={info.mpp ? Math.abs(magnificationAt(zoom, info.mpp) / m - 1) < 0.02 : undefined} title={`${m}× (${i + 1})`} onClick={() => stage()?.zoomTo(zoomAt(m, info.mpp!))}>{m}×</Button>
            ))}
            <hr />
            <IconButton icon="rotate" kind="plain" label="Rotate by 15° (r)" onClick={() => turn(15)} />
            <Button kind="plain" small title="Upright" onClick={() => stage()?.rotateTo(0)}>0°</Button>
          </div>
        </div>
        {strip && prediction && most > 0 && <TopTiles predictionId={prediction.id} summary={summary.data!} chosen={rank} onChoose={fly} onClose={() => setStrip(false)} />}
        {panel && (
          <aside className="viewer-panel" aria-label="Panel">
            <Tabs label="Panel" tabs={tabs} value={tab} onChange={setTab}>
              {tab === 'result' &&
                (prediction ? (
                  <>
                    <ResultPanel prediction={prediction} />
                    {mainTiles.error && <Note tone="warn">The scores of the tiles are not here: {mainTiles.error.message}</Note>}
                    {can('researcher') && <Button kind="plain" icon="plus" onClick={() => setAsking(true)}>Ask another model</Button>}
                  </>
                ) : predictions === undefined ? (
                  <Loading />
                ) : (
                  <Empty icon="models" title={chosen ? 'This prediction is not here any more' : 'No model has looked at it'} actions={can('researcher') && slide.state !== 'failed' && slide.state !== 'needs-mpp' && <Button kind="primary" onClick={() => setAsking(true)}>Predict</Button>}>
                    {slide.state === 'processing' ? 'The slide is still being prepared; a prediction waits for it.' : problemOf(slide)}
                  </Empty>
                ))}
              {tab === 'overlay' && <OverlayPanel overlay={overlay} onChange={change} table={mainTiles.table} fates={fates} />}
              {tab === 'slide' && (
                <div className="stack">
                  <Facts
                    items={[
                      ['Slide id', slide.name],
                      ['Scanner', vendorOf(slide)],
                      ['Size', `${count(slide.width)} × ${count(slide.height)} px`],
                      ['Extent', info.mpp ? `${length(about.scanned.width * info.mpp)} × ${length(about.scanned.height * info.mpp)}` : null],
                      ['Resolution', info.mpp ? `${resolution(info.mpp)} (${magnification(info.mpp)})` : 'not known'],
                      ['Tissue', slide.tissueShare === null ? null : percent(slide.tissueShare, 1)],
                      ['Tiles', slide.tileCount === null ? null : count(slide.tileCount)],
                      ['SHA-256', <span key="s" className="row"><code title={slide.sha256}>{slide.sha256.slice(0, 12)}…</code><Copy text={slide.sha256} label="Copy SHA-256" /></span>],
                    ]}
                  />
                  <Link href={`/slides/${slideId}`} className="row"><Icon name="info" />All that is known of this slide</Link>
                </div>
              )}
            </Tabs>
            {!strip && most > 0 && <Button kind="plain" onClick={() => setStrip(true)}>Show the top tiles</Button>}
          </aside>
        )}
      </div>
      {asking && <PredictDialog slides={[slide]} onClose={() => setAsking(false)} onDone={renew} />}
    </div>
  );
}
