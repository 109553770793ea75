import type { ReactNode } from 'react';
import type { ApiError } from '../api/client';
import { Button } from './Button';
import { Icon, type IconName } from './Icon';

/** Nothing there yet: what would be here, and how it gets here. */
export function Empty({ icon = 'info', title, children, actions }: { icon?: IconName; title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {actions && <div className="actions">{actions}</div>}
    </div>
  );
}

export function Note({ tone = 'info', title, children }: { tone?: 'info' | 'good' | 'warn' | 'bad'; title?: string; children?: ReactNode }) {
  return (
    <div className={`note ${tone}`} role={tone === 'bad' ? 'alert' : undefined}>
      <Icon name={tone === 'good' ? 'check' : tone} />
      <div className="grow">
        {title && <strong>{title}</strong>}
        {children && <div>{children}</div>}
      </div>
    </div>
  );
}

/** Something could not be read or done: the service's own sentence, and a way on. */
export function ErrorBox({ error, retry }: { error: ApiError; retry?: () => void }) {
  return (
    <div className="note bad" role="alert">
      <Icon name="bad" />
      <div className="grow">
        <strong>{error.status === 404 ? 'Not found' : error.status === 403 ? 'Not for your role' : error.away ? 'No answer' : 'That did not work'}</strong>
        <p>{error.message}</p>
        {Object.values(error.fields).flat().filter(sentence => !error.message.includes(sentence)).map(sentence => <p key={sentence}>{sentence}</p>)}
      </div>
      {retry && (
        <Button small onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

export const Skeleton = ({ width = '100%', height = 14 }: { width?: number | string; height?: number | string }) => <span className="skeleton" style={{ width, height }} />;

/** While a page or card is on its way. */
export function Loading({ lines = 4, label = 'Loading' }: { lines?: number; label?: string }) {
  return (
    <div className="stack tight" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, i) => (
        <Skeleton key={i} width={`${92 - ((i * 23) % 45)}%`} />
      ))}
    </div>
  );
}

export const ResearchUse = ({ long = false }: { long?: boolean }) => (
  <span className="ruo">
    <Icon name="warn" />
    {long ? 'Research use only. Not for diagnosis or treatment decisions.' : 'Research use only'}
  </span>
);
