import type { SurvivalGroup } from '../api/types';
import { Plot, ticks, type PlotLine } from './Plot';
import { count, number } from './words';

const at = (group: SurvivalGroup, time: number) => group.steps.reduce((share, step) => (step.time <= time ? step.survival : share), 1);

/** Still under observation at a time. */
const atRisk = (group: SurvivalGroup, time: number) =>
  group.cases - group.censored.filter(t => t < time).length - group.steps.filter(step => step.time < time).reduce((sum, step) => sum + step.events, 0);

const lineOf = (group: SurvivalGroup, colour: number): PlotLine => {
  const last = group.steps.at(-1);
  return {
    name: group.name,
    colour,
    steps: true,
    points: [[0, 1], ...group.steps.map(step => [step.time, step.survival] as const), [group.end, last?.survival ?? 1]],
    band: [[0, 1, 1], ...group.steps.map(step => [step.time, step.low, step.high] as const), [group.end, last?.low ?? 1, last?.high ?? 1]],
    marks: group.censored.map(time => [time, at(group, time)] as const),
    words: `${count(group.cases)} cases, ${count(group.events)} events, ${group.median === null ? 'median not reached' : `median ${number(group.median, 0)}`}`,
  };
};

/** Kaplan-Meier curves with the numbers at risk below them. */
export function Survival({ label, groups, children }: { label: string; groups: readonly SurvivalGroup[]; children?: React.ReactNode }) {
  const end = Math.max(1, ...groups.map(group => group.end));
  // The same times as along the axis.
  const times = ticks(0, end);
  return (
    <div className="survival-figure">
      <Plot label={label} lines={groups.map((group, i) => lineOf(group, (i % 6) + 1))} x={[0, end]} y={[0, 1]} xLabel="Time, in the table’s unit" yLabel="Without event">
        {children}
      </Plot>
      <div className="table-box" tabIndex={0} role="region" aria-label="Numbers at risk">
        <table className="table at-risk">
          <thead>
            <tr>
              <th scope="col">At risk</th>
              {times.map(time => <th key={time} scope="col" className="number">{time}</th>)}
            </tr>
          </thead>
          <tbody>
            {groups.map(group => (
              <tr key={group.name}>
                <th scope="row">{group.name}</th>
                {times.map(time => <td key={time} className="number">{atRisk(group, time)}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
