import { useState } from 'react';
import { Link } from 'wouter';
import { post, url } from '../../api/client';
import type { Job } from '../../api/types';
import { useAction } from '../../api/useAction';
import { usePages } from '../../api/useData';
import { useSession } from '../../app/session';
import { useQuery } from '../../app/useQuery';
import { StateBadge } from '../../ui/Badge';
import { Button, IconButton } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Select } from '../../ui/Field';
import { Card, Facts, PageHead } from '../../ui/Layout';
import { Progress } from '../../ui/Progress';
import { Empty, ErrorBox, Note } from '../../ui/States';
import { Table, type Column } from '../../ui/Table';
import { Time } from '../../ui/Time';
import { moment, span } from '../../ui/words';
import './jobs.css';

const kinds: Record<string, string> = { tile: 'Find tissue and cut tiles', extract: 'Encode tiles', predict: 'Predict', gather: 'Gather features', train: 'Train a fold', pool: 'Pool the folds' };
const states = ['running', 'queued', 'waiting', 'failed', 'cancelled', 'succeeded'] as const;
const going = (job: Job) => job.state === 'running' || job.state === 'queued' || job.state === 'waiting';
const took = (job: Job) => (job.startedAt && job.finishedAt ? span((Date.parse(job.finishedAt) - Date.parse(job.startedAt)) / 1000) : null);

/** What a job works on, as a link. */
const Target = ({ job }: { job: Job }) => job.runId ? <><Link href={`/runs/${job.runId}`}>{job.target ?? 'a run'}</Link>{job.fold !== null && <span className="quiet">, fold {job.fold + 1}</span>}</> : job.slideId ? <Link href={`/slides/${job.slideId}`}>{job.target ?? 'a slide'}</Link> : <span className="quiet">–</span>;

export default function Jobs() {
  const { can } = useSession();
  const [query, change] = useQuery();
  const [state, kind, queue] = [query.get('state') ?? '', query.get('kind') ?? '', query.get('queue') ?? ''];
  const [shown, setShown] = useState<Job>();
  const list = usePages<Job>(url('/api/v1/jobs', {}, { limit: 50, state, kind, queue }), jobs => (jobs.some(going) ? 2000 : 10_000));
  const cancel = useAction(async (job: Job) => { await post('/api/v1/jobs/{id}/cancel', { path: { id: job.id } }); list.refresh(); }, { done: 'The job is called off.' });
  const retry = useAction(async (job: Job) => { await post('/api/v1/jobs/{id}/retry', { path: { id: job.id } }); list.refresh(); }, { done: 'The job is tried again.' });
  const columns: Column<Job>[] = [
    { id: 'kind', head: 'Job', cell: row => <button type="button" className="job-name" onClick={() => setShown(row)}>{kinds[row.kind] ?? row.kind}</button> },
    { id: 'target', head: 'For', cell: row => <Target job={row} /> },
    { id: 'queue', head: 'Queue', cell: row => row.queue },
    { id: 'state', head: 'State', cell: row => <><StateBadge state={row.state} title={row.error} />{row.attempts > 1 && <small>taken up {row.attempts} times</small>}</> },
    { id: 'step', head: 'How far', width: '24%', cell: row => row.state === 'running' ? <Progress value={row.progress} label={kinds[row.kind] ?? row.kind} words={row.step ?? ''} /> : row.error ? <span className="job-error">{row.error}</span> : <span className="quiet">{took(row) ? `took ${took(row)}` : ''}</span> },
    { id: 'when', head: 'Asked for', cell: row => <Time value={row.createdAt} /> },
    ...(can('researcher') ? [{
      id: 'do', head: <span className="for-readers">Actions</span>, width: 50,
      cell: (row: Job) => going(row) ? <IconButton icon="pause" small kind="plain" label="Call off" onClick={() => void cancel.run(row)} />
        : row.state === 'failed' || row.state === 'cancelled' ? <IconButton icon="rotate" small kind="plain" label="Try again" onClick={() => void retry.run(row)} /> : null,
    }] : []),
  ];
  return (
    <div className="page">
      <PageHead title="Jobs">What the workers do, did and will do. Jobs come of slides, predictions and runs.</PageHead>
      <div className="job-tools">
        <Select label="State" value={state} onChange={event => change({ state: event.target.value })}>
          <option value="">All states</option>
          {states.map(one => <option key={one} value={one}>{one === 'succeeded' ? 'done' : one}</option>)}
        </Select>
        <Select label="Kind" value={kind} onChange={event => change({ kind: event.target.value })}>
          <option value="">All kinds</option>
          {Object.entries(kinds).map(([one, words]) => <option key={one} value={one}>{words}</option>)}
        </Select>
        <Select label="Queue" value={queue} onChange={event => change({ queue: event.target.value })}>
          <option value="">Both queues</option>
          <option value="tiling">tiling</option>
          <option value="gpu">gpu</option>
        </Select>
      </div>
      {list.error && !list.data ? <ErrorBox error={list.error} retry={list.refresh} /> : (
        <Card flush>
          <Table label="Jobs" columns={columns} rows={list.data} rowKey={row => row.id} hasMore={list.hasMore} more={list.more} empty={<Empty icon="jobs" title={state || kind || queue ? 'No job like that' : 'No jobs yet'}>{!(state || kind || queue) && 'Upload a slide, and its first job stands here.'}</Empty>} />
        </Card>
      )}
      {shown && (
        <Dialog title={kinds[shown.kind] ?? shown.kind} onClose={() => setShown(undefined)} footer={<Button onClick={() => setShown(undefined)}>Close</Button>}>
          {shown.error && <Note tone="bad" title={shown.errorCode ?? undefined}>{shown.error}</Note>}
          <Facts items={[
            ['State', <StateBadge key="s" state={shown.state} />], ['For', <Target key="t" job={shown} />], ['Queue', shown.queue], ['Features', shown.variant], ['Step', shown.step], ['Taken up', `${shown.attempts} times`],
            ['Asked for', moment(shown.createdAt)], ['Taken up at', shown.startedAt && moment(shown.startedAt)], ['Ended', shown.finishedAt && moment(shown.finishedAt)], ['Took', took(shown)], ['Id', <code key="i">{shown.id}</code>],
          ]} />
        </Dialog>
      )}
    </div>
  );
}
