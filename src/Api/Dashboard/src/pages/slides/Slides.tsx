import { useEffect, useState } from 'react';
import { get, patch, post, url } from '../../api/client';
import type { Encoder, Job, Slide } from '../../api/types';
import { useAction } from '../../api/useAction';
import { useData, usePages } from '../../api/useData';
import { useSession } from '../../app/session';
import { useQuery } from '../../app/useQuery';
import { StateBadge } from '../../ui/Badge';
import { Button, LinkButton, Segments } from '../../ui/Button';
import { Checkbox, Input, Search, Select } from '../../ui/Field';
import { Icon } from '../../ui/Icon';
import { Card, PageHead } from '../../ui/Layout';
import { Progress } from '../../ui/Progress';
import { Empty, ErrorBox } from '../../ui/States';
import { Table, Title, type Column } from '../../ui/Table';
import { Time } from '../../ui/Time';
import { bytes, capital, count, magnification, percent, resolution } from '../../ui/words';
import { DropZone } from './DropZone';
import { MppDialog } from './MppDialog';
import { PredictDialog } from './PredictDialog';
import { Call } from './predictions';
import { RemoveDialog } from './RemoveDialog';
import { Uploads } from './Uploads';
import { isStainProblem, problemOf, vendorOf } from './words';
import { uploads } from './uploads';
import type { UploadSettings } from './uploadSettings';
import { usePredictions } from './usePredictions';
import './slides.css';

const states = [['', 'All'], ['ready', 'Ready'], ['processing', 'At work'], ['needs-mpp', 'Needs resolution'], ['failed', 'Failed']] as const;
export function Thumb({ slide }: { slide: Slide }) {
  return slide.tileCount === null ? (
    <span className="thumb none"><Icon name="slides" /></span>
  ) : (
    <span className="thumb"><img src={url('/api/v1/slides/{id}/thumbnail', { id: slide.id })} alt="" loading="lazy" /></span>
  );
}

export default function Slides() {
  const [search, go] = useQuery();
  const { can } = useSession();
  const [words, setWords] = useState(search.get('q') ?? '');
  const [settings, setSettings] = useState<UploadSettings>({});
  const [options, setOptions] = useState(false);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState<{ kind: 'mpp' | 'predict' | 'remove'; slides: Slide[] }>();
  const [state, sort, q] = [search.get('state') ?? '', search.get('sort') ?? '-createdAt', search.get('q') ?? ''];
  useEffect(() => {
    const timer = setTimeout(() => words !== q && go({ q: words }), 250);
    return () => clearTimeout(timer);
  }, [words, q, go]);

  const list = usePages<Slide>(url('/api/v1/slides', {}, { limit: 50, sort, state, search: q }), slides => (slides.some(slide => slide.state === 'processing') ? 1500 : 10_000));
  const predictions = usePredictions(list.data);
  const working = list.data?.some(slide => slide.state === 'processing');
  const jobs = usePages<Job>(working ? url('/api/v1/jobs', {}, { limit: 200, state: 'running' }) : null, 1500);
  useEffect(() => uploads.onArrival(list.refresh), [list.refresh]);
  const renew = () => {
    list.refresh();
    predictions.refresh();
    setChosen(new Set());
  };
  const anyStain = useAction(async (slide: Slide) => {
    await patch('/api/v1/slides/{id}', { path: { id: slide.id }, body: { mpp: null, anyStain: true } });
    renew();
  }, { done: 'The slide is used whatever its stain.' });
  const retry = useAction(async (slide: Slide) => {
    const { items } = await get('/api/v1/jobs', { query: { slideId: slide.id, state: 'failed' } });
    // A job that is tried again takes along those that failed with it; these have not ended any more.
    for (const job of items) await post('/api/v1/jobs/{id}/retry', { path: { id: job.id } }).catch((error: { code?: string }) => {
      if (error.code !== 'job-not-ended') throw error;
    });
    renew();
  }, { done: 'The slide is tried again.' });

  const writes = can('researcher');
  const marked = (list.data ?? []).filter(slide => chosen.has(slide.id));
  const columns: Column<Slide>[] = [
    ...(writes
      ? [{
          id: 'choose',
          head: <input type="checkbox" aria-label="Choose all" disabled={!list.data?.length} checked={marked.length > 0 && marked.length === list.data?.length} onChange={event => setChosen(new Set(event.target.checked ? list.data?.map(slide => slide.id) : []))} />,
          width: 28,
          cell: (slide: Slide) => (
            <input
              type="checkbox"
              aria-label={`Choose ${slide.name}`}
              checked={chosen.has(slide.id)}
              onChange={event => setChosen(old => { const next = new Set(old); if (event.target.checked) next.add(slide.id); else next.delete(slide.id); return next; })}
            />
          ),
        }]
      : []),
    {
      id: 'name', head: 'Slide', sort: 'name',
      cell: slide => (
        <div className="name">
          <Thumb slide={slide} />
          <div className="grow">
            <Title to={`/slides/${slide.id}`} sub={`${vendorOf(slide)} · ${count(slide.width)} × ${count(slide.height)} px · ${bytes(slide.size)}`}>{slide.name}</Title>
          </div>
        </div>
      ),
    },
    {
      id: 'state', head: 'State', width: '19%',
      cell: slide => {
        const job = slide.state === 'processing' ? jobs.data?.find(j => j.slideId === slide.id && j.state === 'running' && !j.predictionId) : undefined;
        return (
          <>
            {job ? <Progress label={`${slide.name}: ${job.kind}`} value={job.progress} words={capital(job.step ?? { tile: 'Finding tissue', extract: 'Making features' }[job.kind as string] ?? job.kind)} /> : <StateBadge state={slide.state} />}
            {slide.problem && slide.state !== 'ready' && <small className={slide.state === 'failed' ? 'problem long' : 'long'} title={problemOf(slide)!}>{problemOf(slide)}</small>}
            {writes && slide.state === 'needs-mpp' && <Button small kind="plain" icon="edit" onClick={() => setAsking({ kind: 'mpp', slides: [slide] })}>State resolution</Button>}
            {writes && isStainProblem(slide) && <Button small kind="plain" busy={anyStain.busy} onClick={() => void anyStain.run(slide)}>Use it anyway</Button>}
            {writes && slide.state === 'failed' && <Button small kind="plain" icon="rotate" busy={retry.busy} onClick={() => void retry.run(slide)}>Try again</Button>}
          </>
        );
      },
    },
    { id: 'mpp', head: 'Resolution', cell: slide => (slide.mpp ? <>{magnification(slide.mpp)}<small>{resolution(slide.mpp)}{slide.mppSource === 'user' ? ', stated' : ''}</small></> : <span className="quiet">–</span>) },
    { id: 'tissue', head: 'Tissue', number: true, cell: slide => (slide.tissueShare === null ? <span className="quiet">–</span> : <>{percent(slide.tissueShare)}<small>{count(slide.tileCount ?? 0)} tiles</small></>) },
    {
      id: 'calls', head: 'Predictions',
      cell: slide => {
        const own = predictions.bySlide.get(slide.id) ?? [];
        return own.length ? <div className="calls">{own.slice(0, 3).map(p => <Call key={p.id} prediction={p} />)}{own.length > 3 && <small>and {own.length - 3} more</small>}</div> : <span className="quiet">–</span>;
      },
    },
    { id: 'when', head: 'Uploaded', sort: 'createdAt', cell: slide => <span className="quiet"><Time value={slide.createdAt} /></span> },
    {
      id: 'act', head: <span className="for-readers">What to do</span>, width: 90,
      cell: slide => (
        <LinkButton small to={`/view/${slide.id}`} icon="eye">View</LinkButton>
      ),
    },
  ];
  const nothing = list.data?.length === 0 && !q && !state;
  return (
    <div className="page">
      <PageHead title="Slides">Whole-slide images with what was found in them. What comes in is looked at, tiled and encoded by itself.</PageHead>
      <div className="stack">
        {writes && (
          <>
            <DropZone large={Boolean(nothing)} onFiles={files => uploads.add(files, settings)}>
              <Button kind="plain" aria-expanded={options} onClick={() => setOptions(!options)}>Options</Button>
            </DropZone>
            {options && <Options settings={settings} onChange={setSettings} />}
            <Uploads />
          </>
        )}
        {list.error && !list.data ? (
          <ErrorBox error={list.error} retry={list.refresh} />
        ) : nothing ? (
          !writes && <Card><Empty icon="slides" title="No slides yet">Somebody with the role researcher can upload them.</Empty></Card>
        ) : (
          <Card flush>
            <div className="filters">
              <Search label="Search slides" value={words} onChange={event => setWords(event.target.value)} />
              <Segments label="State" value={state} options={states} onChange={value => go({ state: value })} />
              {marked.length > 0 && (
                <div className="row chosen">
                  <span className="quiet">{marked.length} chosen</span>
                  <Button small kind="primary" icon="play" onClick={() => setAsking({ kind: 'predict', slides: marked })}>Predict</Button>
                  <Button small kind="danger" icon="trash" onClick={() => setAsking({ kind: 'remove', slides: marked })}>Remove</Button>
                </div>
              )}
            </div>
            <div className="slides-table">
              <Table
                label="Slides"
                columns={columns}
                rows={list.data}
                rowKey={slide => slide.id}
                href={slide => `/slides/${slide.id}`}
                selected={slide => chosen.has(slide.id)}
                sort={sort}
                onSort={value => go({ sort: value })}
                hasMore={list.hasMore}
                more={list.more}
                empty={<Empty icon="search" title="No slide is like this" actions={<Button onClick={() => { setWords(''); go({ q: '', state: '' }); }}>Show all</Button>}>Nothing has “{q}” in its name{state ? ' in this state' : ''}.</Empty>}
              />
            </div>
          </Card>
        )}
      </div>
      {asking?.kind === 'mpp' && <MppDialog slide={asking.slides[0]!} onClose={() => setAsking(undefined)} onDone={renew} />}
      {asking?.kind === 'predict' && <PredictDialog slides={asking.slides} onClose={() => setAsking(undefined)} onDone={renew} />}
      {asking?.kind === 'remove' && <RemoveDialog slides={asking.slides} onClose={() => setAsking(undefined)} onDone={renew} />}
    </div>
  );
}

function Options({ settings, onChange }: { settings: UploadSettings; onChange: (settings: UploadSettings) => void }) {
  const encoders = useData<Encoder[]>(url('/api/v1/encoders'));
  return (
    <Card title="For the files that are uploaded next">
      <div className="upload-options">
        <Select label="Encoder" value={settings.encoder ?? ''} onChange={event => onChange({ ...settings, encoder: event.target.value })} hint="What turns tiles into numbers">
          <option value="">The service's own choice</option>
          {encoders.data?.map(encoder => <option key={encoder.id}>{encoder.id}</option>)}
        </Select>
        <Input label="Micrometres per pixel" inputMode="decimal" value={settings.mpp ?? ''} onChange={event => onChange({ ...settings, mpp: event.target.value.replace(',', '.') })} hint="Only where the files do not say it" placeholder="as the file says" />
        <div className="field">
          <span className="label">Stain</span>
          <Checkbox checked={settings.anyStain ?? false} onChange={event => onChange({ ...settings, anyStain: event.target.checked })}>Use slides that are unstained or fluorescent too</Checkbox>
        </div>
      </div>
    </Card>
  );
}
