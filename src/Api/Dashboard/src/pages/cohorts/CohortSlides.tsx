import { useState } from 'react';
import { url } from '../../api/client';
import type { Cohort, CohortSlide } from '../../api/types';
import { usePages } from '../../api/useData';
import { Badge, StateBadge } from '../../ui/Badge';
import { Button, Segments } from '../../ui/Button';
import { copy } from '../../ui/Copy';
import { Card } from '../../ui/Layout';
import { Empty, ErrorBox } from '../../ui/States';
import { Table, Title, type Column } from '../../ui/Table';
import { count } from '../../ui/words';

type Which = 'all' | 'here' | 'missing';

/** The slides that a cohort names, by exact id, and which of them the service has. */
export function CohortSlides({ cohort }: { cohort: Cohort }) {
  const [which, setWhich] = useState<Which>(cohort.slides.missing ? 'missing' : 'all');
  const list = usePages<CohortSlide>(url('/api/v1/cohorts/{id}/slides', { id: cohort.id }, { here: which === 'all' ? undefined : which === 'here', limit: 100 }));
  const columns: Column<CohortSlide>[] = [
    { id: 'name', head: 'Slide', cell: row => (row.slideId ? <Title to={`/slides/${row.slideId}`}>{row.name}</Title> : <strong>{row.name}</strong>) },
    { id: 'patient', head: 'Patient', cell: row => row.patient },
    ...(cohort.task === 'survival'
      ? [{ id: 'time', head: 'Time', number: true, cell: (row: CohortSlide) => row.time }, { id: 'event', head: 'Outcome', cell: (row: CohortSlide) => (row.event ? 'event' : 'censored') }]
      : [{ id: 'label', head: 'Class', cell: (row: CohortSlide) => row.label }]),
    { id: 'state', head: 'Here', cell: row => (row.state ? <StateBadge state={row.state} /> : <Badge tone="warn" icon="warn">Missing</Badge>) },
  ];
  const names = list.data?.filter(row => !row.slideId).map(row => row.name) ?? [];
  return (
    <div className="stack tight">
      <div className="row wrap between">
        <Segments label="Which" value={which} onChange={setWhich} options={[['all', `All ${count(cohort.statistics.slides)}`], ['here', `Here ${count(cohort.statistics.slides - cohort.slides.missing)}`], ['missing', `Missing ${count(cohort.slides.missing)}`]]} />
        {names.length > 0 && <Button small icon="file" onClick={() => void copy(names.join('\n'), `${names.length} names copied.`)}>Copy the missing names shown</Button>}
      </div>
      {list.error && !list.data ? <ErrorBox error={list.error} retry={list.refresh} /> : (
        <Card flush>
          <Table label="Slides of the cohort" columns={columns} rows={list.data} rowKey={row => row.name} hasMore={list.hasMore} more={list.more}
            empty={which === 'missing' ? <Empty icon="check" title="Nothing is missing">Every slide that the table names is here.</Empty> : <Empty icon="slides" title="None of its slides is here yet">Upload them under the names that the table has.</Empty>} />
        </Card>
      )}
    </div>
  );
}
