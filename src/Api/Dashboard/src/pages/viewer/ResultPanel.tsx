import { Link } from 'wouter';
import { url } from '../../api/client';
import type { Model, Prediction, Run } from '../../api/types';
import { useData } from '../../api/useData';
import { StateBadge } from '../../ui/Badge';
import { DownloadButton } from '../../ui/Button';
import { Copy } from '../../ui/Copy';
import { Facts } from '../../ui/Layout';
import { Progress } from '../../ui/Progress';
import { ErrorBox, Loading, Note, ResearchUse } from '../../ui/States';
import { capital, count, moment, percent, resolution } from '../../ui/words';
import { calibrationOf, partOf, useCard, type ModelCard } from '../models/card';
import { scoreName } from '../runs/names';
import { Opinion } from './Opinion';
import { useSummary, type Summary } from './result';
import { SurvivalResult } from './SurvivalResult';

/** What a model says of the slide, how far to trust it, where it comes from, and what people think of it. */
export function ResultPanel({ prediction }: { prediction: Prediction }) {
  const done = prediction.state === 'succeeded';
  const summary = useSummary(done ? prediction.id : undefined);
  const model = useData<Model>(url('/api/v1/models/{id}', { id: prediction.modelId }));
  const card = useCard(prediction.modelId);
  if (!done)
    return (
      <div className="stack">
        <StateBadge state={prediction.state} />
        {prediction.error ? <Note tone="bad">{prediction.error}</Note> : <Progress label="Prediction" value={prediction.progress} words={prediction.state === 'running' ? 'The model is looking at the slide' : 'Waits for its turn, or for the slide’s features'} />}
      </div>
    );
  const part = card.data && partOf(card.data, prediction);
  return (
    <div className="stack">
      {summary.error && !summary.data && <ErrorBox error={summary.error} retry={summary.refresh} />}
      {summary.loading && <Loading />}
      {summary.data && (summary.data.survival ? <SurvivalResult summary={summary.data} model={model.data} /> : <Classes prediction={prediction} />)}
      {part === 'train' && <Note tone="warn" title="The model learnt from this slide">What it says here tells nothing of how well it does on others.</Note>}
      {part === 'validation' && <Note tone="warn" title="This slide helped to choose the model">It is no independent test.</Note>}
      {card.data?.task === 'survival' && !part && model.data && !model.data.runId && <Note tone="warn" title="It cannot be told whether the model learnt from this slide">Its card may name patients only.</Note>}
      <div className="result-notice">
        <ResearchUse />
        {card.data && <span className="quiet small">{calibrationOf(card.data)}</span>}
      </div>
      <div className="row wrap">
        <DownloadButton kind="primary" icon="file" href={url('/api/v1/predictions/{id}/report.pdf', { id: prediction.id })} download={`${prediction.slideName}.pdf`}>PDF report</DownloadButton>
        <DownloadButton href={url('/api/v1/predictions/{id}/tiles.geojson', { id: prediction.id })} download={`${prediction.slideName}.geojson`}>GeoJSON</DownloadButton>
      </div>
      <Opinion key={prediction.id} prediction={prediction} />
      {summary.data && <Provenance prediction={prediction} summary={summary.data} model={model.data} card={card.data} />}
    </div>
  );
}

function Classes({ prediction }: { prediction: Prediction }) {
  const ordered = [...prediction.classes].sort((a, b) => b.probability - a.probability);
  return (
    <section className="stack tight" aria-label="Result">
      <div className="verdict">
        <span className="quiet small">{prediction.modelName} calls</span>
        <strong>{capital(prediction.predictedClass ?? '')}</strong>
      </div>
      <ul className="classes">
        {ordered.map(c => (
          <li key={c.name}>
            <span className="cut" title={c.name}>{c.name}</span>
            <span className="bar"><i style={{ width: `${100 * c.probability}%` }} className={c.name === prediction.predictedClass ? 'called' : ''} /></span>
            <b>{percent(c.probability, 1)}</b>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The model's card in short, its cohort, and the hashes that name what went in. */
function Provenance({ prediction, summary, model, card }: { prediction: Prediction; summary: Summary; model: Model | undefined; card: ModelCard | undefined }) {
  const run = useData<Run>(model?.runId ? url('/api/v1/runs/{id}', { id: model.runId }) : null).data;
  const part = card && partOf(card, prediction);
  return (
    <details className="provenance" open>
      <summary>Where it comes from</summary>
      <Facts
        items={[
          ['Model card', <Link key="m" href={`/models/${prediction.modelId}`}>{prediction.modelName}</Link>],
          ['Trained in', run ? <Link key="r" href={`/runs/${run.id}`}>{run.name}</Link> : model && !model.runId ? 'elsewhere; imported' : null],
          ['Cohort', run ? <Link key="c" href={`/cohorts/${run.cohortId}`}>{run.cohortName}</Link> : null],
          ['Learnt from', card ? `${count(card.train.length)} cases` : null],
          ['Held out', card ? `${count(card.test.length)} cases${part === 'test' ? ', this slide among them' : ''}` : null],
          ['Held-out score', run?.score != null ? `${scoreName(run.scoreName)} ${run.score.toFixed(3)}, all folds` : null],
          ['Encoder', summary.encoder],
          ['Tiles', `${count(summary.tiles)} of ${summary.tileSize} px at ${resolution(summary.mpp)}`],
          ['Masked', summary.mask ? `${count(summary.mask.easyTiles)} easy, ${count(summary.mask.hardTiles)} hard (scored by the ${summary.mask.scoredBy})` : null],
          ['Asked for', moment(prediction.createdAt)],
          ['Model SHA-256', <Hash key="h" value={summary.modelSha256} />],
          ['Slide SHA-256', <Hash key="s" value={summary.slideSha256} />],
          ['All inputs', <Hash key="i" value={summary.inputs} />],
        ]}
      />
    </details>
  );
}

const Hash = ({ value }: { value: string }) => (
  <span className="row">
    <code title={value}>{value.slice(0, 12)}…</code>
    <Copy text={value} label="Copy" />
  </span>
);
