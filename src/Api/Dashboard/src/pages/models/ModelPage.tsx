import { Link } from 'wouter';
import { url } from '../../api/client';
import type { Model, Opinion, Page, Prediction } from '../../api/types';
import { useData, usePages } from '../../api/useData';
import { Badge } from '../../ui/Badge';
import { DownloadButton } from '../../ui/Button';
import { Card, Facts, PageHead } from '../../ui/Layout';
import { Empty, ErrorBox, Loading, Note } from '../../ui/States';
import { Table, Title, type Column } from '../../ui/Table';
import { Time } from '../../ui/Time';
import { capital, count, moment, number, percent, resolution } from '../../ui/words';
import { placeWords } from '../runs/names';
import { Call } from '../slides/predictions';
import { calibrationOf, useCard, type ModelCard } from './card';

const columns: Column<Prediction>[] = [
  { id: 'slide', head: 'Slide', cell: row => <Title to={url('/view/{id}', { id: row.slideId }, { p: row.id })}>{row.slideName}</Title> },
  { id: 'called', head: 'Called', cell: row => <Call prediction={row} /> },
  { id: 'when', head: 'Asked for', cell: row => <Time value={row.createdAt} /> },
];

export function ModelPage({ id }: { id: string }) {
  const { data: model, error, refresh } = useData<Model>(`/api/v1/models/${id}`);
  const card = useCard(id);
  const predictions = usePages<Prediction>(url('/api/v1/predictions', {}, { modelId: id, limit: 50 }));
  const opinions = useData<Page<Opinion>>(url('/api/v1/opinions', {}, { modelId: id, limit: 200 }));
  if (error && !model) return <div className="page"><PageHead title="Model" back={['/models', 'Models']} /><ErrorBox error={error} retry={refresh} /></div>;
  if (!model) return <div className="page"><Loading lines={8} /></div>;
  const agreed = opinions.data?.items.filter(o => o.agrees).length ?? 0, said = opinions.data?.items.length ?? 0;
  return (
    <div className="page">
      <PageHead
        title={model.name} back={['/models', 'Models']}
        actions={<><DownloadButton href={`/api/v1/models/${id}/card`}>card.json</DownloadButton>{said > 0 && <DownloadButton href={url('/api/v1/opinions/labels.csv', {}, { modelId: id })}>Labels from opinions</DownloadButton>}</>}
      >
        {model.classes.length ? `Tells ${model.classes.join(', ')} apart` : 'Tells survival'}, from {model.encoderId} features.
      </PageHead>
      <div className="stack">
        <div className="columns">
          <Card title="Model card">
            {card.error ? <ErrorBox error={card.error} retry={card.refresh} /> : !card.data ? <Loading lines={5} /> : <CardFacts card={card.data} model={model} />}
          </Card>
          <div className="stack">
            <Card title="Where it comes from">
              <Facts items={[
                ['From', model.runId ? <Link key="run" href={`/runs/${model.runId}`}>a run: {placeWords(model.runModel ?? '')}</Link> : 'imported'],
                ['Added', moment(model.createdAt)],
                ['SHA-256', <code key="sha" className="hash">{model.sha256}</code>],
                ...Object.entries(card.data?.provenance ?? {}).map(([name, value]) => [capital(name), <code key={name} className="hash">{value}</code>] as const),
              ]} />
            </Card>
            {said > 0 && (
              <Card title="What people think">
                <p>{agreed} of {said} opinions agree with it ({percent(agreed / said)}).</p>
                <ul className="opinions">
                  {opinions.data!.items.filter(o => !o.agrees).slice(0, 6).map(o => (
                    <li key={o.id}>
                      <Badge tone="warn" icon="disagree">{o.label ?? 'disagrees'}</Badge> <Link href={url('/view/{id}', { id: o.slideId }, { p: o.predictionId })}>{o.slideName}</Link> <span className="quiet">{o.comment}</span>
                    </li>
                  ))}
                </ul>
              </Card>
            )}
          </div>
        </div>
        <Card title="Predictions" flush>
          {predictions.error && !predictions.data ? <ErrorBox error={predictions.error} retry={predictions.refresh} /> : (
            <Table label="Predictions" columns={columns} rows={predictions.data} rowKey={row => row.id} href={row => url('/view/{id}', { id: row.slideId }, { p: row.id })} hasMore={predictions.hasMore} more={predictions.more}
              empty={<Empty icon="models" title="It has not read a slide yet">Ask for a prediction on the page of a slide.</Empty>} />
          )}
        </Card>
      </div>
    </div>
  );
}

function CardFacts({ card, model }: { card: ModelCard; model: Model }) {
  return (
    <div className="stack tight">
      <Facts items={[
        ['Name', card.name],
        ['Tells', card.task === 'survival' ? `survival, in ${(card.timeBins?.length ?? 1) - 1} time bins` : model.classes.join(', ')],
        ['Tiles', model.tileSize && model.mpp ? `${model.tileSize} × ${model.tileSize} px at ${resolution(model.mpp)}, ${model.dim} numbers each` : `${model.dim} numbers each`],
        ['Learnt from', `${count(card.train.length)} cases`],
        ['Chosen by', `${count(card.validation.length)} cases`],
        ['Held out', `${count(card.test.length)} cases`],
        ...Object.entries(card.metrics).map(([name, value]) => [capital(name.replace('auc', 'AUC').replace('c_index', 'C-index')), typeof value === 'number' ? number(value) : value] as const),
      ]} />
      <Note>{calibrationOf(card)}</Note>
    </div>
  );
}
