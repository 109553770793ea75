import { useState } from 'react';
import type { ModelFigures, Run, RunFigures, RunResults as Results } from '../../api/types';
import { useData } from '../../api/useData';
import { DownloadButton, Segments } from '../../ui/Button';
import { Card } from '../../ui/Layout';
import { Plot } from '../../ui/Plot';
import { ErrorBox, Loading, Note, ResearchUse } from '../../ui/States';
import { Survival } from '../../ui/Survival';
import { count, number } from '../../ui/words';
import { Confusion } from './Confusion';
import { Headline, Metrics } from './Metrics';
import { MostWrong } from './MostWrong';
import { pValue } from './names';

/** What a finished run came to, all of it on held-out patients. */
export function RunResults({ run }: { run: Run }) {
  const results = useData<Results>(`/api/v1/runs/${run.id}/results`);
  const figures = useData<RunFigures>(`/api/v1/runs/${run.id}/figures`);
  const [at, setAt] = useState<number>();
  const error = results.error ?? figures.error;
  if (error && (!results.data || !figures.data)) return <ErrorBox error={error} retry={() => { results.refresh(); figures.refresh(); }} />;
  if (!results.data || !figures.data) return <Loading lines={10} />;
  const models = figures.data.figures.models as ModelFigures[];
  const chosen = at ?? models.length - 1, model = models[chosen]!;
  const files = ['report', 'metrics.csv', 'predictions.csv', 'run.json'] as const;
  return (
    <div className="stack">
      <div className="row wrap between">
        <ResearchUse />
        <div className="row wrap">
          <a className="button" href={`/api/v1/runs/${run.id}/report`} target="_blank" rel="noreferrer">Report</a>
          {files.slice(1).map(file => <DownloadButton key={file} href={`/api/v1/runs/${run.id}/${file}`}>{file}</DownloadButton>)}
        </div>
      </div>
      {run.settings.preset === 'reference' && <Note tone="warn">This preset chooses the epoch by the test part, as the published code does: its scores are too good.</Note>}
      <Headline results={results.data} />
      {models.length > 1 && <Segments label="Model" value={String(chosen)} onChange={value => setAt(Number(value))} options={models.map((one, i) => [String(i), one.name] as const)} />}
      {model.survival ? (
        <Card title="Survival by risk group">
          <Survival label="Kaplan-Meier by risk group" groups={model.survival.groups}>
            Above and up to the median risk of each fold&rsquo;s training patients. Log-rank χ² {model.survival.chiSquare === null ? 'cannot be told' : number(model.survival.chiSquare, 2)}, {pValue(model.survival.p)}; C-index {model.survival.cIndex === null ? '–' : number(model.survival.cIndex)}.
          </Survival>
        </Card>
      ) : (
        <div className="columns three">
          <Card title="ROC">
            <Plot label="ROC curve" x={[0, 1]} y={[0, 1]} xLabel="False positive rate" yLabel="True positive rate" lines={[{ name: '', guide: true, points: [[0, 0], [1, 1]] }, ...model.roc.map(one => ({ name: one.class, points: one.points.map(p => [p.x, p.y] as const), words: `AUC ${one.area === null ? '–' : number(one.area)}` }))]} />
          </Card>
          <Card title="Precision and recall">
            <Plot label="Precision-recall curve" x={[0, 1]} y={[0, 1]} xLabel="Recall" yLabel="Precision" lines={model.precisionRecall.map(one => ({ name: one.class, points: one.points.map(p => [p.x, p.y] as const), words: `AP ${one.area === null ? '–' : number(one.area)}` }))} />
          </Card>
          <Card title="Calibration">
            <Plot label="Calibration curve" x={[0, 1]} y={[0, 1]} xLabel="Predicted probability" yLabel="Observed share" lines={[{ name: '', guide: true, points: [[0, 0], [1, 1]] }, ...model.calibration.map(one => {
              const most = Math.max(1, ...one.points.map(p => p.count));
              return { name: one.class, points: one.points.map(p => [p.predicted, p.observed] as const), dots: one.points.map(p => p.count / most) };
            })]}>Larger dots hold more cases; on the grey line a probability of 0.8 means eight in ten.</Plot>
          </Card>
        </div>
      )}
      <div className="mistakes">
        {!model.survival && <Card title="Confusion"><Confusion classes={figures.data.figures.classes} counts={model.confusion} /></Card>}
        <Card title={model.survival ? 'Most wrongly ranked' : `Most wrongly called${model.wrongCases ? `: ${count(model.wrongCases)} in all` : ''}`} flush>
          <MostWrong model={model} slides={figures.data.slides} />
        </Card>
      </div>
      <Metrics results={results.data} />
    </div>
  );
}
