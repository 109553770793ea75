import type { MouseEvent, ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { Button } from './Button';
import { Icon } from './Icon';
import { Skeleton } from './States';

export interface Column<T> {
  id: string;
  head: ReactNode;
  cell: (row: T) => ReactNode;
  /** The field that the service sorts by; makes the head a button. */
  sort?: string;
  number?: boolean;
  width?: number | string;
}

export interface TableProps<T> {
  label: string;
  columns: Column<T>[];
  /** Undefined: on their way. */
  rows: T[] | undefined;
  rowKey: (row: T) => string;
  /** Where a row leads; the cell of the first column with `Title` links there too, for the keyboard. */
  href?: (row: T) => string;
  selected?: (row: T) => boolean;
  /** As the service takes it: `name` or `-name`. */
  sort?: string;
  onSort?: (sort: string) => void;
  /** In place of rows when there are none. */
  empty?: ReactNode;
  hasMore?: boolean;
  more?: () => void;
}

/** A list as a table: sorted by the service, page after page, a row leads to its page. */
export function Table<T>({ label, columns, rows, rowKey, href, selected, sort, onSort, empty, hasMore, more }: TableProps<T>) {
  const [, navigate] = useLocation();
  const open = (event: MouseEvent, row: T) => {
    const inside = (event.target as Element).closest('a, button, input, select, label, summary');
    if (!href || inside || window.getSelection()?.toString()) return;
    if (event.metaKey || event.ctrlKey) window.open(href(row));
    else navigate(href(row));
  };
  if (rows?.length === 0 && empty) return <>{empty}</>;
  return (
    <>
      {/* tabIndex: what scrolls sideways must be reachable by keyboard */}
      <div className="table-box" tabIndex={0} role="region" aria-label={label}>
        <table className="table" aria-busy={rows === undefined}>
          <thead>
            <tr>
              {columns.map(column => {
                const down = sort === `-${column.sort}`, up = sort === column.sort;
                return (
                  <th key={column.id} scope="col" className={column.number ? 'number' : undefined} style={{ width: column.width }} aria-sort={column.sort && up ? 'ascending' : column.sort && down ? 'descending' : undefined}>
                    {column.sort && onSort ? (
                      <button type="button" onClick={() => onSort(down ? column.sort! : `-${column.sort}`)}>
                        {column.head}
                        {(up || down) && <Icon name={up ? 'up' : 'down'} />}
                      </button>
                    ) : (
                      column.head
                    )}
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {rows === undefined
              ? Array.from({ length: 5 }, (_, i) => (
                  <tr key={i}>
                    {columns.map((column, c) => (
                      <td key={column.id}>
                        <Skeleton width={`${c === 0 ? 70 : 40 + ((i * 17 + c * 29) % 40)}%`} />
                      </td>
                    ))}
                  </tr>
                ))
              : rows.map(row => (
                  <tr key={rowKey(row)} className={href ? 'opens' : undefined} aria-selected={selected?.(row) || undefined} onClick={event => open(event, row)}>
                    {columns.map(column => (
                      <td key={column.id} className={column.number ? 'number' : undefined}>
                        {column.cell(row)}
                      </td>
                    ))}
                  </tr>
                ))}
          </tbody>
        </table>
      </div>
      {hasMore && more && (
        <div className="table-foot">
          <Button kind="plain" onClick={more}>
            Show more
          </Button>
        </div>
      )}
    </>
  );
}

/** What a row is called: the link that the keyboard takes. */
export const Title = ({ to, children, sub }: { to: string; children: ReactNode; sub?: ReactNode }) => (
  <>
    <Link href={to} className="title">
      {children}
    </Link>
    {sub && <small>{sub}</small>}
  </>
);
