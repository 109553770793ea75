import { percent } from '../../ui/words';

/** Cases by what is true (rows) and what was called (columns). */
export function Confusion({ classes, counts }: { classes: readonly string[]; counts: readonly (readonly number[])[] }) {
  return (
    <div className="table-box" tabIndex={0} role="region" aria-label="Confusion">
      <table className="confusion">
        <thead>
          <tr>
            <td />
            {classes.map(name => <th key={name} scope="col">called {name}</th>)}
          </tr>
        </thead>
        <tbody>
          {counts.map((row, truth) => {
            const all = row.reduce((a, b) => a + b, 0);
            return (
              <tr key={classes[truth]}>
                <th scope="row">is {classes[truth]}</th>
                {row.map((n, called) => (
                  <td key={called} className={truth === called ? 'right' : 'wrong'} style={{ '--share': `${all ? Math.round((100 * n) / all) : 0}%` } as React.CSSProperties}>
                    <b>{n}</b>
                    <small>{percent(all ? n / all : 0)}</small>
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
