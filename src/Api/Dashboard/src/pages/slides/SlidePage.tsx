import { useState } from 'react';
import { useLocation } from 'wouter';
import { patch, post, url } from '../../api/client';
import type { Job, Prediction, Slide, SlideDetails } from '../../api/types';
import { useAction } from '../../api/useAction';
import { useData, usePages } from '../../api/useData';
import { useEvents } from '../../api/useEvents';
import { useSession } from '../../app/session';
import { Badge, StateBadge, type Tone } from '../../ui/Badge';
import { Button, LinkButton } from '../../ui/Button';
import { Copy } from '../../ui/Copy';
import { Card, Facts, PageHead } from '../../ui/Layout';
import { Progress } from '../../ui/Progress';
import { Empty, ErrorBox, Loading, Note } from '../../ui/States';
import { Table, type Column } from '../../ui/Table';
import { Time } from '../../ui/Time';
import { bytes, capital, count, magnification, moment, percent, resolution, span } from '../../ui/words';
import { isStainProblem, problemOf, vendorOf } from './words';
import { Ledger } from './Ledger';
import { MppDialog } from './MppDialog';
import { PredictDialog } from './PredictDialog';
import { Call } from './predictions';
import { RemoveDialog } from './RemoveDialog';
import './slides.css';

const stepWords = { inspect: 'Opened', tile: 'Tiles', extract: 'Features' } as Record<string, string>;
const kindWords = { tile: 'Tissue and tiles', extract: 'Features', predict: 'Prediction' } as Record<string, string>;
const sourceWords = { none: 'nothing in the file', user: 'somebody who stated it', openSlide: 'the slide reader', 'open-slide': 'the slide reader', vendor: 'the scanner’s own tag', tiff: 'the TIFF resolution tags' } as Record<string, string>;
const confidenceTones: Record<string, Tone> = { high: 'good', medium: 'good', low: 'warn', none: 'bad' };
const over = (job: Job) => job.state === 'succeeded' || job.state === 'failed' || job.state === 'cancelled';

/** One slide: where it stands, what is known of its resolution and quality, what became of each tile, what models say. */
export default function SlidePage({ id }: { id: string }) {
  const address = url('/api/v1/slides/{id}', { id });
  const details = useData<SlideDetails>(address);
  const [live, setLive] = useState<{ slide: Slide; jobs: Job[] }>();
  const [asking, setAsking] = useState<'mpp' | 'predict' | 'remove'>();
  const [, navigate] = useLocation();
  const { can } = useSession();
  const predictions = usePages<Prediction>(url('/api/v1/predictions', {}, { slideId: id, limit: 100 }), found => (found.some(p => !['succeeded', 'failed', 'cancelled'].includes(p.state)) ? 1500 : 0));
  const busy = details.data && !details.data.jobs.every(over);
  useEvents<{ slide: Slide; jobs: Job[] }>(busy ? `${address}/events` : null, 'slide', setLive, () => {
    details.refresh();
    predictions.refresh();
  });
  const renew = () => {
    setLive(undefined);
    details.refresh();
    predictions.refresh();
  };
  const retry = useAction(async (job: Job) => { await post('/api/v1/jobs/{id}/retry', { path: { id: job.id } }); renew(); }, { done: 'Tried again.' });
  const cancel = useAction(async (job: Job) => { await post('/api/v1/jobs/{id}/cancel', { path: { id: job.id } }); renew(); }, { done: 'Cancelled.' });
  const anyStain = useAction(async () => { await patch('/api/v1/slides/{id}', { path: { id }, body: { mpp: null, anyStain: true } }); renew(); }, { done: 'The slide is used whatever its stain.' });

  if (!details.data)
    return (
      <div className="page">
        <PageHead title="Slide" back={['/slides', 'Slides']} />
        {details.error ? <ErrorBox error={details.error} retry={details.refresh} /> : <Loading lines={8} />}
      </div>
    );
  const { resolution: verdict, quality, tileFates } = details.data;
  const slide = busy && live ? live.slide : details.data.slide;
  const jobs = busy && live ? live.jobs : details.data.jobs;
  const writes = can('researcher');
  const marks = quality?.artefacts;
  const pen = marks ? marks.bluePen + marks.greenPen + marks.redPen + marks.blackPen : 0;
  const jobColumns: Column<Job>[] = [
    { id: 'kind', head: 'Work', cell: job => <>{kindWords[job.kind] ?? job.kind}<small>{job.variant}</small></> },
    { id: 'state', head: 'State', width: '34%', cell: job => (job.state === 'running' ? <Progress label={job.kind} value={job.progress} words={capital(job.step ?? 'at work')} /> : <><StateBadge state={job.state} />{job.error && <small className="problem">{job.error}</small>}</>) },
    { id: 'tries', head: 'Tries', number: true, cell: job => job.attempts },
    { id: 'took', head: 'Took', number: true, cell: job => (job.startedAt && job.finishedAt ? span((Date.parse(job.finishedAt) - Date.parse(job.startedAt)) / 1000) : '–') },
    { id: 'when', head: 'Asked for', cell: job => <Time value={job.createdAt} /> },
    {
      id: 'act', head: <span className="for-readers">What to do</span>,
      cell: job => writes && (over(job) ? job.state !== 'succeeded' && <Button small busy={retry.busy} onClick={() => void retry.run(job)}>Try again</Button> : <Button small busy={cancel.busy} onClick={() => void cancel.run(job)}>Cancel</Button>),
    },
  ];
  return (
    <div className="page">
      <PageHead
        title={slide.name}
        back={['/slides', 'Slides']}
        actions={
          <>
            {writes && <Button kind="danger" icon="trash" onClick={() => setAsking('remove')}>Remove</Button>}
            {writes && (slide.state === 'ready' || slide.state === 'processing') && <Button icon="play" onClick={() => setAsking('predict')}>Predict</Button>}
            <LinkButton kind="primary" to={`/view/${slide.id}`} icon="eye">Open in the viewer</LinkButton>
          </>
        }
      >
        {slide.fileName} · {bytes(slide.size)} · {vendorOf(slide)}
      </PageHead>

      <div className="slide-head">
        {slide.tileCount === null ? <div className="picture none">The overview is drawn when tissue has been looked for.</div> : (
          <a className="picture" href={`/view/${slide.id}`} onClick={event => { event.preventDefault(); navigate(`/view/${slide.id}`); }}>
            <img src={url('/api/v1/slides/{id}/thumbnail', { id })} alt={`Overview of ${slide.name}`} />
          </a>
        )}
        <div className="stack">
          <div className="row wrap">
            <StateBadge state={slide.state} />
            {slide.mpp && <Badge icon="check" tone="accent">{magnification(slide.mpp)}, {resolution(slide.mpp)}</Badge>}
          </div>
          {slide.problem && slide.state !== 'ready' && (
            <Note tone={slide.state === 'failed' ? 'bad' : 'warn'} title={slide.state === 'needs-mpp' ? 'It is not known how large a pixel is' : 'This slide stands still'}>
              <p>{problemOf(slide)}</p>
              {writes && (
                <div className="row" style={{ marginTop: 8 }}>
                  {(slide.state === 'needs-mpp' || /mpp/.test(slide.problemCode ?? '')) && <Button small icon="edit" onClick={() => setAsking('mpp')}>State resolution</Button>}
                  {isStainProblem(slide) && <Button small busy={anyStain.busy} onClick={() => void anyStain.run()}>Use it anyway</Button>}
                </div>
              )}
            </Note>
          )}
          <div className="steps">
            {details.data.steps.map(step => {
              const job = jobs.find(j => j.id === step.jobId);
              const state = job?.state ?? step.state;
              return (
                <div className="step" key={step.name}>
                  <header><h3>{stepWords[step.name] ?? step.name}</h3><StateBadge state={state} /></header>
                  <Progress label={step.name} value={job?.progress ?? step.progress} words={state === 'running' ? capital(job?.step ?? '') : undefined} tone={state === 'succeeded' ? 'good' : state === 'failed' ? 'bad' : undefined} />
                </div>
              );
            })}
          </div>
          <Card title="Predictions" flush={Boolean(predictions.data?.length)}>
            {predictions.data?.length === 0 ? (
              <Empty icon="models" title="No model has looked at this slide" actions={writes && slide.state === 'ready' && <Button kind="primary" onClick={() => setAsking('predict')}>Predict</Button>} />
            ) : (
              <Table
                label="Predictions"
                rows={predictions.data}
                rowKey={p => p.id}
                columns={[
                  { id: 'model', head: 'Model', cell: p => p.modelName },
                  { id: 'call', head: 'Result', cell: p => <Call prediction={p} /> },
                  { id: 'error', head: '', cell: p => <span className="small quiet">{p.error}</span> },
                  { id: 'when', head: 'When', cell: p => <Time value={p.createdAt} /> },
                ]}
              />
            )}
          </Card>
        </div>
      </div>

      <div className="stack">
        <div className="slide-facts">
          <Card title="Resolution">
            {verdict ? (
              <div className="stack tight">
                <Facts
                  items={[
                    ['Verdict', slide.mpp ? `${resolution(slide.mpp)} (${magnification(slide.mpp)})` : 'not known'],
                    ['Told by', slide.mppSource === 'user' ? sourceWords.user : sourceWords[verdict.source]],
                    ['Confidence', <Badge key="c" tone={slide.mppSource === 'user' ? 'accent' : (confidenceTones[verdict.confidence] ?? 'neutral')} icon={verdict.confidence === 'none' || verdict.confidence === 'low' ? 'warn' : 'check'}>{slide.mppSource === 'user' ? 'stated' : verdict.confidence}</Badge>],
                    ['Objective', slide.objectivePower ? `${slide.objectivePower}× as the file says` : null],
                  ]}
                />
                {verdict.notes.length > 0 && <ul className="small quiet">{verdict.notes.map(note => <li key={note}>{note}</li>)}</ul>}
              </div>
            ) : <p className="quiet">The file cannot be opened any more.</p>}
          </Card>
          <Card title="Quality">
            {quality ? (
              <Facts
                items={[
                  ['Light', capital(String(quality.light).replace(/([A-Z])/g, ' $1').toLowerCase())],
                  ['Tissue', percent(quality.tissue, 1)],
                  ['Pen marks', percent(pen, 1)],
                  ['Dark edges', percent(quality.artefacts.darkEdge, 1)],
                  ['Out of focus', quality.blur === null ? null : `${percent(quality.blur, 1)} of the tiles looked at`],
                ]}
              />
            ) : <p className="quiet">Judged when the slide is tiled.</p>}
          </Card>
          <Card title="Every place of the tile grid">{tileFates ? <Ledger fates={tileFates} /> : <p className="quiet">Known when the slide is tiled.</p>}</Card>
          <Card title="File">
            <Facts
              items={[
                ['Slide id', slide.name],
                ['File', slide.fileName],
                ['Size', `${bytes(slide.size)}, ${count(slide.width)} × ${count(slide.height)} px, ${slide.levels} levels`],
                ['Extent', slide.mpp ? `${((slide.width * slide.mpp) / 1000).toFixed(1)} × ${((slide.height * slide.mpp) / 1000).toFixed(1)} mm` : null],
                ['Encoder', slide.encoderId ?? 'the service’s own choice'],
                ['Uploaded', moment(slide.createdAt)],
                ['SHA-256', <span key="s" className="row"><code className="cut" title={slide.sha256}>{slide.sha256.slice(0, 16)}…</code><Copy text={slide.sha256} label="Copy SHA-256" /></span>],
              ]}
            />
          </Card>
        </div>
        <Card title="Work" flush>
          <Table label="Work" columns={jobColumns} rows={jobs} rowKey={job => job.id} empty={<Empty icon="jobs" title="Nothing to do yet">Work begins when the resolution is known.</Empty>} />
        </Card>
      </div>
      {asking === 'mpp' && <MppDialog slide={slide} onClose={() => setAsking(undefined)} onDone={renew} />}
      {asking === 'predict' && <PredictDialog slides={[slide]} onClose={() => setAsking(undefined)} onDone={renew} />}
      {asking === 'remove' && <RemoveDialog slides={[slide]} onClose={() => setAsking(undefined)} onDone={() => navigate('/slides')} />}
    </div>
  );
}
