import { useState } from 'react';
import { useLocation } from 'wouter';
import type { Cohort } from '../../api/types';
import { usePages } from '../../api/useData';
import { For } from '../../app/session';
import { Badge } from '../../ui/Badge';
import { Button } from '../../ui/Button';
import { Card, PageHead } from '../../ui/Layout';
import { Empty, ErrorBox } from '../../ui/States';
import { Table, Title, type Column } from '../../ui/Table';
import { Time } from '../../ui/Time';
import { count } from '../../ui/words';
import { AddCohort } from './AddCohort';

const columns: Column<Cohort>[] = [
  { id: 'name', head: 'Name', sort: 'name', cell: row => <Title to={`/cohorts/${row.id}`} sub={row.task === 'survival' ? 'survival' : row.statistics.classes.map(c => `${count(c.rows)} ${c.name}`).join(', ')}>{row.name}</Title> },
  { id: 'slides', head: 'Slides', number: true, cell: row => count(row.statistics.slides) },
  { id: 'patients', head: 'Patients', number: true, cell: row => count(row.statistics.patients) },
  {
    id: 'here', head: 'Ready here',
    cell: row => row.slides.ready === row.statistics.slides ? <Badge tone="good" icon="check">all</Badge>
      : <span>{count(row.slides.ready)} <span className="quiet">{[row.slides.processing && `${row.slides.processing} at work`, row.slides.stopped && `${row.slides.stopped} need help`, row.slides.missing && `${count(row.slides.missing)} missing`].filter(Boolean).join(', ')}</span></span>,
  },
  { id: 'problems', head: 'Noticed', cell: row => row.statistics.problems.length ? <Badge tone="warn" icon="warn">{row.statistics.problems.length}</Badge> : <span className="quiet">nothing</span> },
  { id: 'when', head: 'Added', sort: 'createdAt', cell: row => <Time value={row.createdAt} /> },
];

export function CohortList() {
  const [, navigate] = useLocation();
  const [sort, setSort] = useState('-createdAt');
  const [files, setFiles] = useState<File[] | null>(null);
  const [over, setOver] = useState(false);
  const list = usePages<Cohort>(`/api/v1/cohorts?limit=50&sort=${sort}`, 15_000);
  const add = <For role="researcher"><Button kind="primary" icon="plus" onClick={() => setFiles([])}>Add a label table</Button></For>;
  const page = (
    <div className="page">
      <PageHead title="Cohorts" actions={add}>Label tables: which slides belong to which patient, and what is true of them. Drop one anywhere on this page.</PageHead>
      {list.error && !list.data ? <ErrorBox error={list.error} retry={list.refresh} /> : (
        <Card flush>
          <Table
            label="Cohorts" columns={columns} rows={list.data} rowKey={row => row.id} href={row => `/cohorts/${row.id}`} sort={sort} onSort={setSort} hasMore={list.hasMore} more={list.more}
            empty={<Empty icon="cohorts" title="No cohorts yet" actions={add}>A cohort is a CSV with a line per slide: its patient, and its class or survival time. The tables of CLAM, TCGA clinical data and many others are understood as they are.</Empty>}
          />
        </Card>
      )}
    </div>
  );
  return (
    <For role="researcher" otherwise={page}>
      <div
        onDragOver={event => { event.preventDefault(); setOver(true); }}
        onDragLeave={event => !event.currentTarget.contains(event.relatedTarget as Node | null) && setOver(false)}
        onDrop={event => { event.preventDefault(); setOver(false); setFiles([...event.dataTransfer.files]); }}
        className={over ? 'cohort-drop over' : 'cohort-drop'}
      >
        {page}
      </div>
      {files && <AddCohort files={files} onClose={() => setFiles(null)} onDone={cohort => navigate(`/cohorts/${cohort.id}`)} />}
    </For>
  );
}
