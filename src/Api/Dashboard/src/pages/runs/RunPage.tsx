import { useState } from 'react';
import { useLocation } from 'wouter';
import { post, remove } from '../../api/client';
import type { Run } from '../../api/types';
import { useAction } from '../../api/useAction';
import { useData } from '../../api/useData';
import { useEvents } from '../../api/useEvents';
import { For } from '../../app/session';
import { useQuery } from '../../app/useQuery';
import { StateBadge } from '../../ui/Badge';
import { Button } from '../../ui/Button';
import { Confirm } from '../../ui/Dialog';
import { PageHead } from '../../ui/Layout';
import { ErrorBox, Loading, Note } from '../../ui/States';
import { Tabs } from '../../ui/Tabs';
import { moment } from '../../ui/words';
import { fromOne, methodOf } from './names';
import { RunCompare } from './RunCompare';
import { RunModels } from './RunModels';
import { RunResults } from './RunResults';
import { RunSettingsCard } from './RunSettingsCard';
import { RunTraining } from './RunTraining';

type Tab = 'results' | 'training' | 'compare' | 'models' | 'settings';

export function RunPage({ id }: { id: string }) {
  const [, navigate] = useLocation();
  const read = useData<Run>(`/api/v1/runs/${id}`);
  const [told, setTold] = useState<Run>();
  const [query, change] = useQuery();
  const [asking, setAsking] = useState<'cancel' | 'remove'>();
  const run = told ?? read.data;
  const going = run?.state === 'running' || run?.state === 'waiting';
  useEvents<Run>(going ? `/api/v1/runs/${id}/events` : null, 'run', setTold, read.refresh);
  const cancel = useAction(async () => setTold(await post('/api/v1/runs/{id}/cancel', { path: { id } }) as Run), { done: 'The run is called off.' });
  const retry = useAction(async () => setTold(await post('/api/v1/runs/{id}/retry', { path: { id } }) as Run), { done: 'The run goes on.' });
  const gone = useAction(async () => {
    await remove('/api/v1/runs/{id}', { path: { id } });
    navigate('/runs');
  }, { done: 'The run is removed.' });
  if (read.error && !run) return <div className="page"><PageHead title="Run" back={['/runs', 'Runs']} /><ErrorBox error={read.error} retry={read.refresh} /></div>;
  if (!run) return <div className="page"><Loading lines={8} /></div>;
  const done = run.state === 'succeeded';
  const asked = query.get('tab') as Tab | null;
  // Results, models and comparisons are there when the run is done.
  const tab = asked && (done || asked === 'training' || asked === 'settings') ? asked : done ? 'results' : 'training';
  return (
    <div className="page">
      <PageHead
        title={run.name} back={['/runs', 'Runs']}
        actions={
          <For role="researcher">
            {going ? <Button icon="pause" onClick={() => setAsking('cancel')}>Call off</Button> : <Button icon="trash" kind="danger" onClick={() => setAsking('remove')}>Remove</Button>}
            {(run.state === 'failed' || run.state === 'cancelled') && <Button kind="primary" icon="play" busy={retry.busy} onClick={() => void retry.run()}>Go on</Button>}
          </For>
        }
      >
        <span className="row wrap"><StateBadge state={run.state} /> {methodOf(run)} on the cohort {run.cohortName}, started {moment(run.createdAt)}</span>
      </PageHead>
      {run.error && <div className="run-note"><Note tone={run.state === 'failed' ? 'bad' : 'warn'} title={run.state === 'failed' ? 'The run failed' : 'The run was called off'}>{fromOne(run.error)}</Note></div>}
      <Tabs
        label="Run" value={tab} onChange={next => change({ tab: next })}
        tabs={[...(done ? [{ id: 'results', label: 'Results' } as const] : []), { id: 'training', label: 'Training' }, ...(done ? [{ id: 'compare', label: 'Compare' } as const, { id: 'models', label: 'Models' } as const] : []), { id: 'settings', label: 'Settings' }]}
      >
        {tab === 'results' ? <RunResults run={run} /> : tab === 'training' ? <RunTraining run={run} /> : tab === 'compare' ? <RunCompare run={run} /> : tab === 'models' ? <RunModels run={run} /> : <RunSettingsCard run={run} />}
      </Tabs>
      {asking === 'cancel' && <Confirm title="Call the run off?" action="Call off" busy={cancel.busy} onClose={() => setAsking(undefined)} onConfirm={() => void cancel.run().then(() => setAsking(undefined))}>What is finished is kept, and the run can go on later.</Confirm>}
      {asking === 'remove' && <Confirm title={`Remove ${run.name}?`} action="Remove" busy={gone.busy} onClose={() => setAsking(undefined)} onConfirm={() => void gone.run().then(() => setAsking(undefined))}>Its results and report go. Models that were taken over stay.</Confirm>}
    </div>
  );
}
