import { count, percent } from '../../ui/words';

/** What became of a place of the tile grid: a word for people, a colour that is the same wherever it is drawn. */
export const fates: Record<string, { words: string; colour: string }> = {
  read: { words: 'Read', colour: '#2a8f9e' },
  'no-tissue': { words: 'Too little tissue', colour: '#b9c3ca' },
  pen: { words: 'Pen marks', colour: '#7a4fb5' },
  'dark-edge': { words: 'Dark edges, bubbles', colour: '#8a6a3a' },
  blur: { words: 'Out of focus', colour: '#e0a030' },
  unreadable: { words: 'Damaged in the file', colour: '#c8352b' },
  outside: { words: 'Outside of the scan', colour: '#e2e6e9' },
};

/** Nothing is left out in silence: how many places had which fate. */
export function Ledger({ fates: counts }: { fates: Record<string, number> }) {
  const entries = Object.entries(counts).filter(([, n]) => n > 0);
  const whole = entries.reduce((sum, [, n]) => sum + n, 0) || 1;
  return (
    <>
      <div className="ledger-bar" aria-hidden="true">
        {entries.map(([word, n]) => (
          <i key={word} style={{ width: `${(100 * n) / whole}%`, background: fates[word]?.colour }} />
        ))}
      </div>
      <div className="ledger">
        {entries.map(([word, n]) => (
          <div key={word}>
            <i style={{ background: fates[word]?.colour }} />
            <span>{fates[word]?.words ?? word}</span>
            <span>{count(n)}</span>
            <span className="number">{percent(n / whole, 1)}</span>
          </div>
        ))}
      </div>
    </>
  );
}
