import { useState } from 'react';
import type { Splits } from '../../api/types';

const row = 26, label = 54, head = 34;

/** Every patient a thin column, every fold a row, coloured by the part that the patient is in; sites stand side by side. */
export function SplitPicture({ splits }: { splits: Splits }) {
  const [at, setAt] = useState<number>();
  const { patients } = splits, folds = splits.folds.length;
  const wide = 1000 - label, column = wide / Math.max(1, patients.length);
  const height = head + folds * row + 8;
  const groups: { name: string; from: number; to: number }[] = [];
  const named = patients.some(p => p.site !== null);
  patients.forEach((patient, i) => {
    const name = named ? (patient.site ?? 'no site') : patient.truth;
    if (groups.at(-1)?.name === name) groups.at(-1)!.to = i + 1;
    else groups.push({ name, from: i, to: i + 1 });
  });
  // One rectangle for each run of patients in the same part.
  const runs = Array.from({ length: folds }, (_, fold) => {
    const found: { part: string | null; from: number; to: number }[] = [];
    patients.forEach((patient, i) => {
      const part = patient.parts[fold] ?? null;
      if (found.at(-1)?.part === part) found.at(-1)!.to = i + 1;
      else found.push({ part, from: i, to: i + 1 });
    });
    return found;
  });
  const shown = at === undefined ? undefined : patients[at];
  return (
    <div className="split-picture">
      <div className="plot-legend" aria-hidden="true">
        {['train', 'validation', 'test'].map(part => <span key={part} className="row"><i className={`part-swatch ${part}`} />{part}</span>)}
        <span className="quiet">{shown ? `${shown.patient}${shown.site ? `, site ${shown.site}` : ''}, ${shown.truth}, ${shown.slides} slide${shown.slides === 1 ? '' : 's'}` : `${patients.length} patients, left to right by ${named ? 'site and ' : ''}${named ? 'truth' : 'truth'}; point at one`}</span>
      </div>
      <svg
        viewBox={`0 0 1000 ${height}`} role="img" aria-label={`${patients.length} patients in ${folds} folds: each is tested in one fold`} onMouseLeave={() => setAt(undefined)}
        onMouseMove={event => {
          const box = event.currentTarget.getBoundingClientRect();
          const i = Math.floor((((event.clientX - box.left) / box.width) * 1000 - label) / column);
          setAt(i >= 0 && i < patients.length ? i : undefined);
        }}
      >
        {groups.map((group, i) => (
          <g key={i}>
            {i > 0 && <line className="grid" x1={label + group.from * column} x2={label + group.from * column} y1={head - 8} y2={height - 6} />}
            {(group.to - group.from) * column > 7 * group.name.length && <text x={label + ((group.from + group.to) / 2) * column} y={head - 12} textAnchor="middle">{group.name}</text>}
          </g>
        ))}
        {runs.map((parts, fold) => (
          <g key={fold}>
            <text x={0} y={head + fold * row + 16}>Fold {fold + 1}</text>
            {parts.map(part => part.part && <rect key={part.from} className={part.part} x={label + part.from * column} width={(part.to - part.from) * column} y={head + fold * row} height={row - 5} />)}
          </g>
        ))}
        {at !== undefined && <rect className="here" x={label + at * column} width={Math.max(column, 1.5)} y={head - 4} height={folds * row + 4} />}
      </svg>
    </div>
  );
}
