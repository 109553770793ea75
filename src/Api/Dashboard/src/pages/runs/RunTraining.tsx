import { useMemo, useState } from 'react';
import type { FoldCurve, Run } from '../../api/types';
import { useData } from '../../api/useData';
import { StateBadge } from '../../ui/Badge';
import { Segments } from '../../ui/Button';
import { Chart, type Line } from '../../ui/Chart';
import { Card, Stat } from '../../ui/Layout';
import { Progress } from '../../ui/Progress';
import { Empty, ErrorBox, Loading } from '../../ui/States';
import { count, percent, span } from '../../ui/words';
import { scoreName, stageName } from './names';

type Epoch = FoldCurve['curve'][number];

/** How the training goes, fold by fold and epoch by epoch; live while it lasts. */
export function RunTraining({ run }: { run: Run }) {
  const going = run.state === 'running' || run.state === 'waiting';
  const curves = useData<FoldCurve[]>(`/api/v1/runs/${run.id}/progress`, going ? 2000 : 0);
  const stages = [...new Set(curves.data?.flatMap(fold => fold.curve.map(epoch => epoch.stage)) ?? [])];
  const [chosen, setStage] = useState<string>();
  const stage = chosen ?? stages.at(-1) ?? 'mhim';
  const left = going ? Math.max(0, ...(curves.data ?? []).map(fold => (fold.secondsLeft ?? 0) - (fold.toldAt ? (Date.now() - Date.parse(fold.toldAt)) / 1000 : 0))) : 0;
  const running = run.folds.filter(fold => fold.state === 'running').length, waiting = run.folds.filter(fold => fold.state === 'waiting' || fold.state === 'queued').length;
  // Of the latest epoch of each fold.
  const latest = curves.data?.flatMap(fold => fold.curve.filter(epoch => epoch.stage === 'mhim').slice(-1)) ?? [];
  const mean = (pick: (epoch: Epoch) => number | null | undefined) => {
    const known = latest.map(pick).filter(value => value != null);
    return known.length ? known.reduce((a, b) => a + b, 0) / known.length : undefined;
  };
  const kept = mean(epoch => epoch.kept), instances = mean(epoch => epoch.instances), ratio = curves.data?.find(fold => fold.maskRatio != null)?.maskRatio;
  return (
    <div className="stack">
      <Card>
        <div className="stats">
          <Stat value={percent(run.progress)}>of the training done</Stat>
          {run.features.ready < run.features.wanted && <Stat value={`${run.features.ready} of ${run.features.wanted}`}>slides have their features</Stat>}
          <Stat value={`${run.folds.filter(fold => fold.state === 'succeeded').length} of ${run.folds.length}`}>folds done{running > 0 && `, ${running} at work`}</Stat>
          {going && left > 0 && <Stat value={`about ${span(left * Math.max(1, Math.ceil((running + waiting) / Math.max(1, running))))}`}>left, if no fold stops early</Stat>}
          {ratio != null && <Stat value={percent(ratio, 1)}>mask ratio: the easiest tiles, hidden by the teacher</Stat>}
          {kept !== undefined && <Stat value={instances === undefined ? percent(kept, 1) : `${count(instances)} (${percent(kept, 1)})`}>{instances === undefined ? 'of the tiles' : 'tiles of a slide'} stay for the student, recycle tokens included</Stat>}
        </div>
      </Card>
      <Card title="Folds" flush>
        <div className="table-box" tabIndex={0} role="region" aria-label="Folds">
          <table className="table">
            <thead><tr><th scope="col">Fold</th><th scope="col">State</th><th scope="col">Step</th><th scope="col" style={{ width: '34%' }}>Progress</th></tr></thead>
            <tbody>
              {run.folds.map(fold => (
                <tr key={fold.fold}>
                  <td>{fold.fold + 1}</td>
                  <td><StateBadge state={fold.state} /></td>
                  <td>{fold.state === 'running' ? fold.step : ''}</td>
                  <td><Progress value={fold.progress} label={`Fold ${fold.fold + 1}`} words="" tone={fold.state === 'succeeded' ? 'good' : fold.state === 'failed' ? 'bad' : undefined} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Card>
      {curves.error && !curves.data ? <ErrorBox error={curves.error} retry={curves.refresh} /> : !curves.data ? <Loading lines={6} /> : stages.length === 0 ? (
        <Empty icon="runs" title={going ? 'No epoch is over yet' : 'There is no curve'}>{run.state === 'waiting' ? 'The run waits for the features of its slides.' : going ? 'The first numbers come with the end of the first epoch.' : 'It ended before the first epoch was over.'}</Empty>
      ) : (
        <>
          {stages.length > 1 && <Segments label="Stage" value={stage} onChange={setStage} options={stages.map(one => [one, stageName(one)] as const)} />}
          <div className="columns">
            <CurveCard title="Loss" curves={curves.data} stage={stage} y="Loss" pick={epoch => epoch.loss} second={epoch => epoch.validationLoss} note="Solid: training, dashed: validation." />
            <CurveCard title={`Validation ${scoreName(curves.data[0]?.scoreName)}`} curves={curves.data} stage={stage} y={scoreName(curves.data[0]?.scoreName)} pick={epoch => epoch.score} range={[null, 1]} />
            {stage === 'mhim' && kept !== undefined && <CurveCard title="What is left of a slide" curves={curves.data} stage={stage} y="Share read" pick={epoch => epoch.kept} range={[0, null]} note="Share of a slide’s tiles that the student reads in an epoch, recycle tokens included: the teacher masks the rest as easy." />}
          </div>
        </>
      )}
    </div>
  );
}

type Pick = (epoch: Epoch) => number | null | undefined;

function CurveCard({ title, curves, stage, y, pick, second, note, range }: { title: string; curves: FoldCurve[]; stage: string; y: string; pick: Pick; second?: Pick; note?: string; range?: [number | null, number | null] }) {
  const { x, lines } = useMemo(() => {
    const folds = curves.map(fold => fold.curve.filter(epoch => epoch.stage === stage));
    const longest = Math.max(1, ...folds.flatMap(fold => fold.map(epoch => epoch.epoch)));
    const values = (fold: Epoch[], of: Pick) => Array.from({ length: longest }, (_, i) => {
      const epoch = fold.find(one => one.epoch === i + 1);
      return (epoch && of(epoch)) ?? null;
    });
    const lines: Line[] = folds.flatMap((fold, i) => [
      { label: `Fold ${curves[i]!.fold + 1}`, values: values(fold, pick), colour: (i % 6) + 1, points: longest < 3 },
      ...(second && fold.some(epoch => second(epoch) != null) ? [{ label: '', values: values(fold, second), colour: (i % 6) + 1, dash: [4, 4], width: 1.25 }] : []),
    ]);
    return { x: Array.from({ length: longest }, (_, i) => i + 1), lines };
    // eslint-disable-next-line
  }, [curves, stage]);
  return (
    <Card title={title}>
      <Chart label={`${title} over epochs, a line for each fold`} x={x} lines={lines} xLabel="Epoch" yLabel={y} height={250} legend={false} yRange={range} />
      <ul className="plot-legend">{curves.map((fold, i) => <li key={fold.fold}><i className={`swatch c${(i % 6) + 1}`} />Fold {fold.fold + 1}</li>)}</ul>
      {note && <p className="quiet small">{note}</p>}
    </Card>
  );
}
