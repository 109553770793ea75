import { useState } from 'react';
import { url } from '../../api/client';
import type { Page, Run, RunAgainst } from '../../api/types';
import { useData } from '../../api/useData';
import { Select } from '../../ui/Field';
import { Card, Facts, Stat } from '../../ui/Layout';
import { Empty, ErrorBox, Loading, Note } from '../../ui/States';
import { count, number } from '../../ui/words';
import { methodOf, pValue } from './names';

/** This run against another, on the cases that both held out. */
export function RunCompare({ run }: { run: Run }) {
  const runs = useData<Page<Run>>('/api/v1/runs?state=succeeded&limit=200');
  const [other, setOther] = useState('');
  const against = useData<RunAgainst>(other ? url('/api/v1/runs/{id}/against/{other}', { id: run.id, other }) : null);
  const others = runs.data?.items.filter(one => one.id !== run.id) ?? [];
  if (runs.error && !runs.data) return <ErrorBox error={runs.error} retry={runs.refresh} />;
  if (!runs.data) return <Loading lines={5} />;
  if (others.length === 0) return <Card><Empty icon="compare" title="There is no other finished run">Train on the same cohort in another way, and see here whether it makes a difference.</Empty></Card>;
  return (
    <div className="stack">
      <Card>
        <div className="run-other">
          <Select label="Compare with" value={other} onChange={event => setOther(event.target.value)}>
            <option value="">choose a run</option>
            {[...others].sort((a, b) => Number(b.cohortId === run.cohortId) - Number(a.cohortId === run.cohortId)).map(one => <option key={one.id} value={one.id}>{one.name} ({methodOf(one)}{one.cohortId === run.cohortId ? '' : `, cohort ${one.cohortName}`})</option>)}
          </Select>
        </div>
      </Card>
      {other && (against.error ? <ErrorBox error={against.error} retry={against.refresh} /> : !against.data ? <Loading lines={5} label="Comparing" /> : <Comparison against={against.data} />)}
    </div>
  );
}

function Comparison({ against }: { against: RunAgainst }) {
  const { comparison } = against, { difference } = comparison;
  const metric = comparison.metric === 'auc' ? 'AUC' : 'C-index';
  const sure = difference.pairedBootstrapP !== null && difference.pairedBootstrapP < 0.05;
  const name = (difference.difference ?? 0) >= 0 ? against.runName : against.otherName;
  return (
    <>
      <Note tone={sure ? 'good' : 'info'} title={sure ? `${name} does better` : 'No difference that chance would not explain'}>
        {metric} {difference.difference === null ? 'cannot be told' : `${difference.difference >= 0 ? '+' : '−'}${number(Math.abs(difference.difference))}`}
        {difference.low !== null && difference.high !== null && `, 95% interval ${number(difference.low)} to ${number(difference.high)}`}, {pValue(difference.pairedBootstrapP)} (paired bootstrap over patients){difference.deLongP !== null && `, ${pValue(difference.deLongP)} (DeLong)`}.
      </Note>
      <Card>
        <div className="stats">
          <Stat value={comparison.here === null ? '–' : number(comparison.here)}>{metric}, {against.runName}</Stat>
          <Stat value={comparison.there === null ? '–' : number(comparison.there)}>{metric}, {against.otherName}</Stat>
          <Stat value={count(comparison.cases)}>held-out cases in both</Stat>
        </div>
      </Card>
      <Card title="In detail">
        <Facts items={[
          ...(comparison.metric === 'auc' ? [[`Right only in ${against.runName}`, `${count(comparison.swings.onlyHereRight)} cases`], [`Right only in ${against.otherName}`, `${count(comparison.swings.onlyThereRight)} cases`]] as const : []),
          ['Not compared', comparison.onlyHere + comparison.onlyThere === 0 ? 'nothing: both held out the same cases' : `${count(comparison.onlyHere)} cases of this run, ${count(comparison.onlyThere)} of the other`],
          ['What is compared', 'the last stage of each run, all folds together'],
        ]} />
      </Card>
    </>
  );
}
