import { useState } from 'react';
import { url } from '../../api/client';
import type { Cohort, Page, Run } from '../../api/types';
import { useData, usePages } from '../../api/useData';
import { For } from '../../app/session';
import { useQuery } from '../../app/useQuery';
import { StateBadge } from '../../ui/Badge';
import { LinkButton } from '../../ui/Button';
import { Select } from '../../ui/Field';
import { Card, PageHead } from '../../ui/Layout';
import { Progress } from '../../ui/Progress';
import { Empty, ErrorBox } from '../../ui/States';
import { Table, Title, type Column } from '../../ui/Table';
import { Time } from '../../ui/Time';
import { number } from '../../ui/words';
import { methodOf, scoreName } from './names';

const columns: Column<Run>[] = [
  { id: 'name', head: 'Name', sort: 'name', cell: row => <Title to={`/runs/${row.id}`} sub={`${methodOf(row)}, ${row.settings.folds} folds`}>{row.name}</Title> },
  { id: 'cohort', head: 'Cohort', cell: row => row.cohortName },
  { id: 'features', head: 'Features', cell: row => <span className="small">{row.variant}</span> },
  {
    id: 'state', head: 'State', width: 190,
    cell: row => row.state === 'running' || row.state === 'waiting'
      ? <Progress value={row.state === 'waiting' ? row.features.ready / (row.features.wanted || 1) : row.progress} label={row.name} words={row.state === 'waiting' ? 'waits for features' : 'training'} />
      : <StateBadge state={row.state} title={row.error} />,
  },
  { id: 'score', head: 'Score', number: true, cell: row => (row.score === null ? <span className="quiet">–</span> : <><strong>{number(row.score)}</strong> <span className="quiet">{scoreName(row.scoreName)}</span></>) },
  { id: 'when', head: 'Started', sort: 'createdAt', cell: row => <Time value={row.createdAt} /> },
];

export function RunList() {
  const [sort, setSort] = useState('-createdAt');
  const [query, change] = useQuery();
  const [state, cohort] = [query.get('state') ?? '', query.get('cohort') ?? ''];
  const cohorts = useData<Page<Cohort>>('/api/v1/cohorts?limit=200&sort=name');
  const list = usePages<Run>(url('/api/v1/runs', {}, { limit: 50, sort, state, cohortId: cohort }), runs => (runs.some(run => run.state === 'running' || run.state === 'waiting') ? 3000 : 20_000));
  const start = <For role="researcher"><LinkButton to="/runs/new" kind="primary" icon="plus">New run</LinkButton></For>;
  return (
    <div className="page">
      <PageHead title="Runs" actions={start}>Trainings on a cohort, judged on patients that the model had not seen.</PageHead>
      <div className="run-tools">
        <Select label="State" value={state} onChange={event => change({ state: event.target.value })}>
          <option value="">All states</option>
          {(['waiting', 'running', 'succeeded', 'failed', 'cancelled'] as const).map(one => <option key={one} value={one}>{one === 'succeeded' ? 'done' : one}</option>)}
        </Select>
        <Select label="Cohort" value={cohort} onChange={event => change({ cohort: event.target.value })}>
          <option value="">All cohorts</option>
          {cohorts.data?.items.map(one => <option key={one.id} value={one.id}>{one.name}</option>)}
        </Select>
      </div>
      {list.error && !list.data ? <ErrorBox error={list.error} retry={list.refresh} /> : (
        <Card flush>
          <Table label="Runs" columns={columns} rows={list.data} rowKey={row => row.id} href={row => `/runs/${row.id}`} sort={sort} onSort={setSort} hasMore={list.hasMore} more={list.more}
            empty={state || cohort ? <Empty icon="search" title="No run like that" /> : <Empty icon="runs" title="No runs yet" actions={start}>A run trains a model in each fold of a cohort and tells how well it does on the patients of the others.</Empty>} />
        </Card>
      )}
    </div>
  );
}
