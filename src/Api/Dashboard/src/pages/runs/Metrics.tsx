import { useState } from 'react';
import type { Metric, RunResults } from '../../api/types';
import { Button } from '../../ui/Button';
import { Card, Stat } from '../../ui/Layout';
import { Note } from '../../ui/States';
import { count, number } from '../../ui/words';
import { pValue } from './names';

/** Not every fold counts in a mean: one that lacks a class is left out. */
const foldsOf = (counted: number | undefined, folds: number | undefined) => counted !== undefined && folds !== undefined && counted < folds ? `${counted} of ${folds} folds` : undefined;

const Value = ({ metric, folds }: { metric: Metric | undefined; folds?: number }) => metric?.value === null || metric?.value === undefined ? <span className="quiet">–</span> : (
  <>
    <b>{metric.name === 'logrank_p' && metric.value < 0.001 ? '< 0.001' : number(metric.value)}</b>
    {metric.low !== null && metric.high !== null && <span className="quiet interval"> {number(metric.low)}–{number(metric.high)}</span>}
    {metric.meanOfFolds !== undefined && <small>mean of {foldsOf(metric.foldsInMean, folds) ?? 'folds'} {number(metric.meanOfFolds)}</small>}
  </>
);

/** What one asks first: how well, and whether better than the plain model. */
export function Headline({ results }: { results: RunResults }) {
  const model = results.models.at(-1)!;
  const shown = model.pooled.filter(metric => ['auc', 'balanced_accuracy', 'f1', 'calibration_error', 'c_index', 'logrank_p'].includes(metric.name));
  return (
    <Card>
      <div className="stack">
        <div className="stats">
          {shown.map(metric => (
            <Stat key={metric.name} value={metric.value === null ? '–' : metric.name === 'logrank_p' && metric.value < 0.001 ? '< 0.001' : number(metric.value)}>
              {metric.title}{metric.low !== null && metric.high !== null && `, ${number(metric.low)} to ${number(metric.high)}`}
            </Stat>
          ))}
          <Stat value={count(model.cases)}>held-out cases of {count(model.patients)} patients</Stat>
        </div>
        {results.comparisons.map(one => (
          <Note key={one.model} tone={one.pairedBootstrapP !== null && one.pairedBootstrapP < 0.05 ? ((one.difference ?? 0) > 0 ? 'good' : 'warn') : 'info'}>
            {one.model} against {one.against}: {one.metric === 'auc' ? 'AUC' : 'C-index'} {one.difference === null ? 'difference cannot be told' : `${one.difference >= 0 ? '+' : '−'}${number(Math.abs(one.difference))}`}
            {one.low !== null && one.high !== null && ` (${number(one.low)} to ${number(one.high)})`}, {pValue(one.pairedBootstrapP)} by paired bootstrap{one.deLongP !== null && `, ${pValue(one.deLongP)} by DeLong`}{typeof one.foldsDifference === 'number' && `; ${one.foldsDifference >= 0 ? '+' : '−'}${number(Math.abs(one.foldsDifference))} in the mean of ${foldsOf(one.foldsInMean, one.folds) ?? 'the folds'}`}.
          </Note>
        ))}
      </div>
    </Card>
  );
}

/** Every metric with its 95% interval, model beside model; by fold when wanted. */
export function Metrics({ results }: { results: RunResults }) {
  const [folds, setFolds] = useState(false);
  const { models } = results;
  const first = models[0]!;
  return (
    <Card title="Every metric" actions={<Button small aria-pressed={folds} onClick={() => setFolds(!folds)}>By fold</Button>}>
      <div className="stack tight">
        <div className="table-box" tabIndex={0} role="region" aria-label="Metrics">
          <table className="table metrics">
            <thead>
              <tr>
                <th scope="col">Metric</th>
                {models.map(model => <th scope="col" key={model.name}>{model.name}{folds && ', all folds'}</th>)}
                {folds && models.at(-1)!.folds.map(fold => <th scope="col" key={fold.fold} className="number">Fold {fold.fold + 1}</th>)}
              </tr>
            </thead>
            <tbody>
              {first.pooled.map((metric, i) => (
                <tr key={metric.name}>
                  <td><strong>{metric.title}</strong><small>{metric.average}{!metric.higherIsBetter && !metric.name.startsWith('logrank') && ', lower is better'}</small></td>
                  {models.map(model => <td key={model.name}><Value metric={model.pooled[i]} folds={model.folds.length} /></td>)}
                  {folds && models.at(-1)!.folds.map(fold => <td key={fold.fold} className="number">{fold.metrics[i]?.value === null || fold.metrics[i] === undefined ? '–' : number(fold.metrics[i]!.value!)}</td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <p className="quiet small">{first.cases} held-out cases of {first.patients} patients, all folds together; intervals are 95%, by bootstrap over patients.{folds && ` The folds are those of ${models.at(-1)!.name}.`}</p>
      </div>
    </Card>
  );
}
