import { useEffect, type ReactNode } from 'react';
import { Link } from 'wouter';
import { Icon } from './Icon';

/** The top of a page; its title is the window's too. */
export function PageHead({ title, children, actions, back }: { title: string; children?: ReactNode; actions?: ReactNode; back?: [to: string, words: string] }) {
  useTitle(title);
  return (
    <div className="page-head">
      <div>
        {back && (
          <Link href={back[0]} className="back">
            <Icon name="left" />
            {back[1]}
          </Link>
        )}
        <h1 tabIndex={-1}>{title}</h1>
        {children && <p>{children}</p>}
      </div>
      {actions && <div className="actions">{actions}</div>}
    </div>
  );
}

export function useTitle(title: string) {
  useEffect(() => {
    document.title = `${title} · MHIM`;
  }, [title]);
}

export function Card({ title, actions, flush, children, id }: { title?: ReactNode; actions?: ReactNode; flush?: boolean; children: ReactNode; id?: string }) {
  return (
    <section className={`card ${flush ? 'flush' : ''}`} id={id}>
      {(title || actions) && (
        <header>
          {title && <h2>{title}</h2>}
          {actions && <div className="row">{actions}</div>}
        </header>
      )}
      {children}
    </section>
  );
}

/** Names and values; what is null or undefined is left out. */
export function Facts({ items }: { items: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="facts">
      {items
        .filter(([, value]) => value !== null && value !== undefined && value !== '')
        .map(([name, value]) => [
          <dt key={`${name} name`}>{name}</dt>,
          <dd key={name}>{value}</dd>,
        ])}
    </dl>
  );
}

export const Stat = ({ value, children }: { value: ReactNode; children: ReactNode }) => (
  <div className="stat">
    <b>{value}</b>
    <span>{children}</span>
  </div>
);

export const Keys = ({ keys }: { keys: string }) => (
  <>
    {keys.split(' ').map((key, i) => (
      <span key={i}>
        {i > 0 && ' '}
        <kbd className="kbd">{key}</kbd>
      </span>
    ))}
  </>
);
