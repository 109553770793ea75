import { capital, count } from '../../ui/words';
import { gradientOf } from './colours';
import type { LegendWords } from './legend';
import { shareAt } from './overlay';

/** What the colours over the slide mean, in numbers. */
export function Legend({ words }: { words: LegendWords | undefined }) {
  if (!words) return null;
  const { title, ramp, keys, note } = words;
  return (
    <div className="legend" data-legend={ramp && true}>
      <strong>{capital(title)}</strong>
      {keys?.map(key => (
        <span key={key.words} className="key"><i style={{ background: key.colour }} />{key.words}<b>{count(key.count)}</b></span>
      ))}
      {ramp && (
        <>
          <div className="ramp" style={{ backgroundImage: gradientOf(ramp.map, along => shareAt(along, ramp.fade)) }}>
            {ramp.threshold > 0 && <i style={{ width: `${100 * ramp.threshold}%` }} />}
          </div>
          <div className="numbers">{ramp.numbers.map((number, i) => <span key={i}>{number}</span>)}</div>
        </>
      )}
      {note && <span className="quiet">{note}</span>}
    </div>
  );
}
