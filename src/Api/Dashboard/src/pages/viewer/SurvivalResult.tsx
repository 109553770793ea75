import { url } from '../../api/client';
import type { Model, ModelFigures, RunFigures } from '../../api/types';
import { useData } from '../../api/useData';
import { Plot, type PlotLine } from '../../ui/Plot';
import { number } from '../../ui/words';
import { pValue } from '../runs/names';
import type { Summary } from './result';

/** Which fold and stage of its run a model is: `fold-1/mhim`. */
function placeOf(model: Model | undefined) {
  const found = /^fold-(\d+)\/(\w+)$/.exec(model?.runModel ?? '');
  return found && { fold: Number(found[1]), stage: found[2]! };
}

/** Risk, the model's own curve for this slide, and how the patients of its cohort fared in the groups of low and high risk. */
export function SurvivalResult({ summary, model }: { summary: Summary; model: Model | undefined }) {
  const figures = useData<RunFigures>(model?.runId ? url('/api/v1/runs/{id}/figures', { id: model.runId }) : null);
  const place = placeOf(model), stages = figures.data?.figures.models as ModelFigures[] | undefined;
  const cohort = (stages?.find(one => one.stage === place?.stage) ?? stages?.at(-1))?.survival;
  // Risks of different folds are on scales of their own: what parts the groups is the fold's own median.
  const threshold = place ? cohort?.thresholds[place.fold] : null;
  const high = threshold == null || summary.risk === undefined ? undefined : summary.risk > threshold;
  const points = summary.survival!.filter(point => Number.isFinite(point.until)).map(point => [point.until, point.probability] as const);
  const end = Math.max(1e-9, ...points.map(([time]) => time), ...(cohort?.groups.map(group => group.end) ?? []));
  const lines: PlotLine[] = [
    ...(cohort?.groups.map((group, i) => ({ name: group.name, colour: i + 1, steps: true, points: [[0, 1], ...group.steps.map(step => [step.time, step.survival] as const), [group.end, group.steps.at(-1)?.survival ?? 1]] as const, words: `${group.cases} patients` })) ?? []),
    { name: 'This slide', colour: 3, strong: true, steps: true, points: [[0, 1], ...points, [end, points.at(-1)?.[1] ?? 1]] },
  ];
  return (
    <section className="stack tight" aria-label="Result">
      <div className="verdict">
        <span className="quiet small">Risk, higher is worse</span>
        <strong>{summary.risk === undefined ? '–' : number(summary.risk, 2)}</strong>
        {high !== undefined && <span className="quiet">{high ? 'High' : 'Low'} risk group: {high ? 'above' : 'up to'} {number(threshold!, 2)}, the median of its training patients</span>}
      </div>
      <Plot label="Probability to be free of the event over time: this slide as the model has it, and the cohort's risk groups" x={[0, end]} y={[0, 1]} xLabel="Time, in the cohort’s unit" yLabel="Without event" lines={lines}>
        {cohort && <>Kaplan-Meier of the cohort’s held-out patients by risk group; log-rank {pValue(cohort.p)}.</>}
      </Plot>
    </section>
  );
}
