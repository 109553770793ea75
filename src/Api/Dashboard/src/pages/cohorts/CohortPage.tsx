import { useState } from 'react';
import { useLocation } from 'wouter';
import { etagOf, remove } from '../../api/client';
import type { Cohort, CohortSurvival } from '../../api/types';
import { useAction } from '../../api/useAction';
import { useData } from '../../api/useData';
import { For } from '../../app/session';
import { useQuery } from '../../app/useQuery';
import { Badge } from '../../ui/Badge';
import { Button, DownloadButton, LinkButton } from '../../ui/Button';
import { Confirm } from '../../ui/Dialog';
import { Card, Facts, PageHead, Stat } from '../../ui/Layout';
import { Bars } from '../../ui/Plot';
import { ErrorBox, Loading, Note } from '../../ui/States';
import { Survival } from '../../ui/Survival';
import { Tabs } from '../../ui/Tabs';
import { count, moment, number, percent } from '../../ui/words';
import { CohortSlides } from './CohortSlides';
import { CohortSplits } from './CohortSplits';

type Tab = 'overview' | 'slides' | 'splits';

export function CohortPage({ id }: { id: string }) {
  const [, navigate] = useLocation();
  const [query, change] = useQuery();
  const tab = (query.get('tab') ?? 'overview') as Tab;
  const [asking, setAsking] = useState(false);
  const address = `/api/v1/cohorts/${id}`;
  const { data: cohort, error, refresh } = useData<Cohort>(address, found => (found.slides.processing ? 5000 : 0));
  const gone = useAction(async () => {
    await remove('/api/v1/cohorts/{id}', { path: { id }, ifMatch: etagOf(address) });
    navigate('/cohorts');
  }, { done: 'The cohort is removed.' });
  if (error && !cohort) return <div className="page"><PageHead title="Cohort" back={['/cohorts', 'Cohorts']} /><ErrorBox error={error} retry={refresh} /></div>;
  if (!cohort) return <div className="page"><Loading lines={8} /></div>;
  const missing = cohort.slides.missing + cohort.slides.stopped;
  return (
    <div className="page">
      <PageHead
        title={cohort.name} back={['/cohorts', 'Cohorts']}
        actions={
          <>
            <DownloadButton href={`${address}/table.csv`}>Table</DownloadButton>
            <For role="researcher">
              <Button icon="trash" kind="danger" onClick={() => setAsking(true)}>Remove</Button>
              <LinkButton to={`/runs/new?cohort=${id}`} kind="primary" icon="runs">Train on it</LinkButton>
            </For>
          </>
        }
      >
        {cohort.task === 'survival' ? 'Survival times' : `${cohort.statistics.classes.length} classes`} of {count(cohort.statistics.patients)} patients, added {moment(cohort.createdAt)}.
      </PageHead>
      <Tabs label="Cohort" value={tab} onChange={next => change({ tab: next === 'overview' ? '' : next })} tabs={[{ id: 'overview', label: 'Overview' }, { id: 'slides', label: <>Slides {missing > 0 && <Badge tone="warn">{count(missing)} not usable</Badge>}</> }, { id: 'splits', label: 'Splits' }]}>
        {tab === 'overview' ? <Overview cohort={cohort} /> : tab === 'slides' ? <CohortSlides cohort={cohort} /> : <CohortSplits cohort={cohort} />}
      </Tabs>
      {asking && <Confirm title={`Remove ${cohort.name}?`} action="Remove" busy={gone.busy} onClose={() => setAsking(false)} onConfirm={() => void gone.run().then(() => setAsking(false))}>The table goes; its slides stay. A cohort that runs refer to cannot be removed.</Confirm>}
    </div>
  );
}

function Overview({ cohort }: { cohort: Cohort }) {
  const { statistics, slides } = cohort;
  return (
    <div className="stack">
      {statistics.problems.map(problem => <Note key={problem.sentence} tone={problem.code === 'patient-leakage' ? 'bad' : 'warn'}>{problem.sentence}</Note>)}
      <Card>
        <div className="stats">
          <Stat value={count(statistics.rows)}>{statistics.rows === statistics.slides ? 'slides' : 'bags'}</Stat>
          <Stat value={count(statistics.patients)}>patients</Stat>
          {statistics.patientsWithEvent !== null && <Stat value={`${count(statistics.patientsWithEvent)} (${percent(statistics.patientsWithEvent / (statistics.patients || 1))})`}>with an event</Stat>}
          {statistics.medianTime !== null && <Stat value={number(statistics.medianTime, 0)}>median time, events and censored alike</Stat>}
          {statistics.sites.length > 0 && <Stat value={count(statistics.sites.length)}>sites</Stat>}
          <Stat value={`${count(slides.ready)} of ${count(statistics.slides)}`}>slides ready here</Stat>
        </div>
      </Card>
      <div className="columns">
        <div className="stack">
          {cohort.task === 'survival' ? <CurveCard id={cohort.id} /> : <Classes cohort={cohort} />}
          {cohort.task !== 'survival' && <Sites cohort={cohort} />}
        </div>
        <div className="stack">
          <Card title="How the table was read">
            <ul className="sentences">{cohort.understood.map(line => <li key={line}><Words text={line} /></li>)}</ul>
          </Card>
          {cohort.task === 'survival' && <Sites cohort={cohort} />}
          <Card title="Table"><Facts items={[['SHA-256', <code key="sha" className="hash">{cohort.sha256}</code>], ['Read with', Object.entries(cohort.readAs).filter(([, value]) => value).map(([name, value]) => `${name}: ${String(value)}`).join(', ') || 'nothing said beside it']]} /></Card>
        </div>
      </div>
    </div>
  );
}

function Classes({ cohort: { statistics } }: { cohort: Cohort }) {
  const most = Math.max(...statistics.classes.map(one => one.rows));
  return (
    <Card title="Classes">
      <Bars label="Classes" items={statistics.classes.map(c => ({ name: c.name, value: c.rows, most, words: `${count(c.rows)} (${percent(c.rows / (statistics.rows || 1))}), ${count(c.patients)} patients` }))} />
    </Card>
  );
}

function Sites({ cohort: { statistics: { sites } } }: { cohort: Cohort }) {
  const most = Math.max(...sites.map(one => one.patients));
  return sites.length === 0 ? null : (
    <Card title="Sites">
      <Bars label="Sites" items={[...sites].sort((a, b) => b.patients - a.patients).slice(0, 12).map(site => ({ name: site.name, value: site.patients, most, words: `${count(site.patients)} patients`, colour: 6 }))} />
      {sites.length > 12 && <p className="quiet small">and {sites.length - 12} smaller ones</p>}
    </Card>
  );
}

/** What stands in backticks is a name of the table. */
const Words = ({ text }: { text: string }) => <>{text.split('`').map((part, i) => (i % 2 ? <code key={i}>{part}</code> : part))}</>;

function CurveCard({ id }: { id: string }) {
  const curve = useData<CohortSurvival>(`/api/v1/cohorts/${id}/survival`);
  const [sites, setSites] = useState(false);
  const groups = curve.data?.groups ?? [];
  return (
    <Card title="Kaplan-Meier" actions={groups.length > 1 && <Button small aria-pressed={sites} onClick={() => setSites(!sites)}>By site</Button>}>
      {curve.error ? <ErrorBox error={curve.error} retry={curve.refresh} /> : !curve.data ? <Loading lines={6} /> : (
        <Survival label={`Survival of ${curve.data.patients} patients`} groups={sites ? groups.slice(1) : groups.slice(0, 1)}>One time per patient; bands are 95% intervals, ticks are censored patients.</Survival>
      )}
    </Card>
  );
}
