import { useEffect } from 'react';
import { Link } from 'wouter';
import { url } from '../../api/client';
import type { Model, Page, WorklistItem } from '../../api/types';
import { useData, usePages } from '../../api/useData';
import { casesWith, trail } from '../../app/trail';
import { useQuery } from '../../app/useQuery';
import { Badge } from '../../ui/Badge';
import { DownloadButton, LinkButton, Segments } from '../../ui/Button';
import { Select } from '../../ui/Field';
import { Card, PageHead } from '../../ui/Layout';
import { Empty, ErrorBox, Note } from '../../ui/States';
import { Table, Title, type Column } from '../../ui/Table';
import { percent } from '../../ui/words';
import './worklist.css';

type Order = 'priority' | 'uncertainty' | 'disagreement';
type Seen = 'all' | 'unseen' | 'seen';

const view = (item: WorklistItem, prediction = item.answers[0]!.predictionId) => url('/view/{id}', { id: item.slideId }, { p: prediction });

/** A share of 1 as a number with a bar. */
const Meter = ({ value, label }: { value: number; label: string }) => (
  <span className="meter" title={`${label}: ${value.toFixed(2)} of 1`}>
    <i style={{ width: `${100 * value}%` }} />
    <b>{value.toFixed(2)}</b>
  </span>
);

const columns: Column<WorklistItem>[] = [
  {
    id: 'slide', head: 'Slide', width: '21%',
    cell: item => (
      <div className="row">
        <img className="worklist-thumb" src={url('/api/v1/slides/{id}/thumbnail', { id: item.slideId })} alt="" loading="lazy" onError={event => { event.currentTarget.style.visibility = 'hidden'; }} />
        <div className="grow"><Title to={view(item)} sub={item.patient && item.patient !== item.slideName ? `patient ${item.patient}` : undefined}>{item.slideName}</Title></div>
      </div>
    ),
  },
  { id: 'why', head: 'Why', width: '23%', cell: item => item.reason },
  {
    id: 'answers', head: 'Models', width: '30%',
    cell: item => (
      <ul className="answers">
        {item.answers.slice(0, 4).map(answer => (
          <li key={answer.predictionId}>
            <Link href={view(item, answer.predictionId)} title={`${answer.modelName}: open with this prediction`}>{answer.predictedClass}</Link>
            <span>{percent(answer.probability)}</span>
            <span className="quiet cut">{answer.modelName}</span>
          </li>
        ))}
        {item.answers.length > 4 && <li className="quiet">and {item.answers.length - 4} more</li>}
      </ul>
    ),
  },
  { id: 'uncertainty', head: 'Uncertainty', cell: item => <Meter value={item.uncertainty} label="Uncertainty" /> },
  { id: 'disagreement', head: 'Disagreement', cell: item => (item.answers.length > 1 ? <Meter value={item.disagreement} label="Disagreement" /> : <span className="quiet">one model</span>) },
  {
    id: 'people', head: 'People',
    cell: item => item.seen ? (
      <span className="row wrap">
        {item.agreed > 0 && <Badge tone="good" icon="agree">{item.agreed} agree</Badge>}
        {item.disagreed > 0 && <Badge tone="warn" icon="disagree">{item.disagreed} disagree</Badge>}
      </span>
    ) : <span className="quiet nowrap">not yet</span>,
  },
];

export default function Worklist() {
  const [query, change] = useQuery();
  const order = (query.get('order') ?? 'priority') as Order, seen = (query.get('seen') ?? 'all') as Seen, model = query.get('model') ?? '';
  const models = useData<Page<Model>>('/api/v1/models?limit=200&sort=name');
  const list = usePages<WorklistItem>(url('/api/v1/worklist', {}, { order, seen: seen === 'all' ? undefined : seen === 'seen', modelId: model, limit: 50 }));
  // The viewer goes from case to case in this order.
  useEffect(() => {
    if (list.data) trail.keepCases(casesWith([], list.data, list.rest));
  }, [list.data, list.rest]);
  const filtered = seen !== 'all' || model !== '';
  return (
    <div className="page">
      <PageHead title="Worklist" actions={<><DownloadButton href="/api/v1/opinions/labels.csv">Labels</DownloadButton><DownloadButton href="/api/v1/opinions/table.csv">All opinions</DownloadButton></>}>
        Slides by what most deserves a human look: where models are unsure, or do not agree. Open one, look at the tissue, and say whether you agree.
      </PageHead>
      <div className="row wrap between worklist-tools">
        <Segments label="Order" value={order} onChange={value => change({ order: value === 'priority' ? '' : value })} options={[['priority', 'Most in need'], ['uncertainty', 'Uncertainty'], ['disagreement', 'Disagreement']]} />
        <div className="row wrap">
          <Segments label="Which" value={seen} onChange={value => change({ seen: value === 'all' ? '' : value })} options={[['all', 'All'], ['unseen', 'Not looked at'], ['seen', 'Looked at']]} />
          <div className="worklist-model">
            <Select label="Model" value={model} onChange={event => change({ model: event.target.value })}>
              <option value="">All models</option>
              {models.data?.items.map(one => <option key={one.id} value={one.id}>{one.name}</option>)}
            </Select>
          </div>
        </div>
      </div>
      {list.error && !list.data ? <ErrorBox error={list.error} retry={list.refresh} /> : (
        <>
          <Card flush>
            <Table
              label="Worklist" columns={columns} rows={list.data} rowKey={item => `${item.slideId} ${item.classes.join()}`} href={item => view(item)} hasMore={list.hasMore} more={list.more}
              empty={filtered
                ? <Empty icon="search" title="Nothing like that">No slide with a prediction is left with these filters.</Empty>
                : <Empty icon="worklist" title="Nothing to look at yet" actions={<LinkButton to="/slides" icon="slides">To the slides</LinkButton>}>Once models have read slides, those that are hardest to tell stand here first.</Empty>}
            />
          </Card>
          {Boolean(list.data?.length) && (
            <div className="worklist-note"><Note>Uncertainty is how even the classes are; disagreement how far the models are apart, from 0 (all say the same) to 1. A model can be sure and wrong all the same. Survival models are not in this list.</Note></div>
          )}
        </>
      )}
    </div>
  );
}
