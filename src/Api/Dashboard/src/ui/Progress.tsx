/** How far something is, 0 to 1, with words below. */
export function Progress({ value, label, words, tone }: { value: number; label: string; words?: string; tone?: 'good' | 'bad' }) {
  const percent = Math.round(100 * Math.min(1, Math.max(0, value)));
  return (
    <div className="progress">
      <div className={`bar ${tone ?? ''}`} role="progressbar" aria-label={label} aria-valuenow={percent} aria-valuemin={0} aria-valuemax={100}>
        <i style={{ width: `${percent}%` }} />
      </div>
      {words !== undefined && (
        <div className="words">
          <span className="cut">{words}</span>
          <span>{percent}%</span>
        </div>
      )}
    </div>
  );
}
