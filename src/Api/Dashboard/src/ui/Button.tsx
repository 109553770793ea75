import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';
import { Link } from 'wouter';
import { Icon, type IconName } from './Icon';

interface Look {
  kind?: 'primary' | 'plain' | 'danger';
  icon?: IconName;
  small?: boolean;
}

const classOf = ({ kind, small }: Look, only: boolean) => ['button', kind, small && 'small', only && 'icon-only'].filter(Boolean).join(' ');

export type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & Look & { busy?: boolean; ref?: Ref<HTMLButtonElement> };

export function Button({ kind, icon, small, busy, children, disabled, ...rest }: ButtonProps) {
  return (
    <button type="button" {...rest} className={`${classOf({ kind, small }, !children)} ${rest.className ?? ''}`} disabled={disabled || busy} aria-busy={busy || undefined}>
      {busy ? <span className="spin" /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A button that is only a picture: its name is its tooltip too. */
export const IconButton = ({ label, ...rest }: ButtonProps & { label: string; icon: IconName }) => <Button {...rest} aria-label={label} title={rest.title ?? label} />;

/** Looks like a button, goes somewhere. */
export function LinkButton({ to, kind, icon, small, children, ...rest }: Look & { to: string; children: ReactNode; className?: string }) {
  return (
    <Link href={to} {...rest} className={`${classOf({ kind, small }, !children)} ${rest.className ?? ''}`}>
      {icon && <Icon name={icon} />}
      {children}
    </Link>
  );
}

/** A download, or a page beside the dashboard. */
export function DownloadButton({ href, kind, icon = 'download', small, children, download = '' }: Look & { href: string; children: ReactNode; download?: string | boolean }) {
  return (
    <a href={href} download={download === true ? '' : download} className={classOf({ kind, small }, false)}>
      <Icon name={icon} />
      {children}
    </a>
  );
}

/** One of a few. */
export function Segments<T extends string>({ label, value, options, onChange }: { label: string; value: T; options: readonly (readonly [T, ReactNode])[]; onChange: (value: T) => void }) {
  return (
    <div className="segments" role="group" aria-label={label}>
      {options.map(([key, words]) => (
        <button key={key} type="button" aria-pressed={key === value} onClick={() => onChange(key)}>
          {words}
        </button>
      ))}
    </div>
  );
}
