import { useState } from 'react';
import { url } from '../../api/client';
import type { Cohort, Splits } from '../../api/types';
import { useData } from '../../api/useData';
import { Checkbox, Input } from '../../ui/Field';
import { Card } from '../../ui/Layout';
import { ErrorBox, Loading, Note } from '../../ui/States';
import { count } from '../../ui/words';
import { SplitPicture } from './SplitPicture';

/** How the cohort would be divided, before anything is trained: drawn by patient, with what the leakage gate says. */
export function CohortSplits({ cohort }: { cohort: Cohort }) {
  const [folds, setFolds] = useState(5);
  const [seed, setSeed] = useState(1);
  const [sites, setSites] = useState(false);
  const [here, setHere] = useState(false);
  const splits = useData<Splits>(url('/api/v1/cohorts/{id}/splits', { id: cohort.id }, { folds, seed, preserveSites: sites, hereOnly: here }));
  const whole = (text: string, least: number, most: number, then: (n: number) => void) => {
    const n = Number(text);
    if (Number.isInteger(n) && n >= least && n <= most) then(n);
  };
  return (
    <div className="stack">
      <Card>
        <div className="split-tools">
          <Input label="Folds" type="number" min={2} max={20} defaultValue={folds} onChange={event => whole(event.target.value, 2, 20, setFolds)} />
          <Input label="Seed" type="number" min={0} defaultValue={seed} onChange={event => whole(event.target.value, 0, 2 ** 31 - 1, setSeed)} />
          <div className="stack tight">
            {cohort.statistics.sites.length > 0 && <Checkbox checked={sites} onChange={event => setSites(event.target.checked)}>Keep each site whole</Checkbox>}
            <Checkbox checked={here} onChange={event => setHere(event.target.checked)}>Only slides that are here</Checkbox>
          </div>
        </div>
      </Card>
      {splits.error ? <ErrorBox error={splits.error} retry={splits.refresh} /> : !splits.data ? <Loading lines={8} /> : (
        <>
          <Card title="Leakage gate">
            <div className="stack tight">
              {splits.data.checks.map(check => <Note key={check.code} tone={check.passed ? 'good' : check.code === 'patient-leakage' ? 'bad' : 'warn'}>{check.sentence}</Note>)}
              {splits.data.slidesLeftOut > 0 && <Note tone="warn">{count(splits.data.slidesLeftOut)} slides are left out: they are not here, or could not be prepared.</Note>}
            </div>
          </Card>
          <Card title="Where each patient goes"><SplitPicture splits={splits.data} /></Card>
          <Card title="Parts in numbers" flush><FoldTable cohort={cohort} splits={splits.data} /></Card>
        </>
      )}
    </div>
  );
}

function FoldTable({ cohort, splits }: { cohort: Cohort; splits: Splits }) {
  const classes = cohort.statistics.classes.map(c => c.name);
  return (
    <div className="table-box" tabIndex={0} role="region" aria-label="Parts in numbers">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Fold</th>
            <th scope="col">Part</th>
            <th scope="col" className="number">Patients</th>
            <th scope="col" className="number">Bags</th>
            {classes.map(name => <th scope="col" key={name} className="number">{name}</th>)}
            {cohort.task === 'survival' && <th scope="col" className="number">Events</th>}
          </tr>
        </thead>
        <tbody>
          {splits.folds.flatMap(fold => (['train', 'validation', 'test'] as const).map(part => (
            <tr key={`${fold.fold} ${part}`} className={part === 'train' ? 'fold-first' : undefined}>
              <td>{part === 'train' ? fold.fold + 1 : ''}</td>
              <td><i className={`part-swatch ${part}`} /> {part}</td>
              <td className="number">{count(fold[part].patients)}</td>
              <td className="number">{count(fold[part].rows)}</td>
              {classes.map(name => <td key={name} className="number">{count(fold[part].classes[name] ?? 0)}</td>)}
              {cohort.task === 'survival' && <td className="number">{count(fold[part].events ?? 0)}</td>}
            </tr>
          )))}
        </tbody>
      </table>
    </div>
  );
}
