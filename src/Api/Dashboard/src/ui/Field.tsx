import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes } from 'react';
import type { ApiError } from '../api/client';
import { Icon } from './Icon';

interface FieldProps {
  label: string;
  hint?: ReactNode;
  /** The sentence below it when it is wrong. */
  wrong?: string;
}

/** What the service says of one field of a form. */
export const wrongOf = (error: ApiError | undefined, field: string) => error?.fields[field]?.join(' ');

function Frame({ id, label, hint, wrong, children }: FieldProps & { id: string; children: ReactNode }) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children}
      {wrong ? (
        <span className="wrong" id={`${id}-note`} role="alert">
          {wrong}
        </span>
      ) : (
        hint && (
          <span className="hint" id={`${id}-note`}>
            {hint}
          </span>
        )
      )}
    </div>
  );
}

const noteOf = (id: string, { hint, wrong }: FieldProps) => ({ 'aria-invalid': wrong ? true : undefined, 'aria-describedby': hint || wrong ? `${id}-note` : undefined });

export function Input({ label, hint, wrong, ...rest }: FieldProps & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <Frame {...{ id, label, hint, wrong }}>
      <input id={id} className="input" autoComplete="off" {...noteOf(id, { label, hint, wrong })} {...rest} />
    </Frame>
  );
}

export function Select({ label, hint, wrong, children, ...rest }: FieldProps & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  return (
    <Frame {...{ id, label, hint, wrong }}>
      <select id={id} className="input" {...noteOf(id, { label, hint, wrong })} {...rest}>
        {children}
      </select>
    </Frame>
  );
}

export function TextArea({ label, hint, wrong, ...rest }: FieldProps & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  return (
    <Frame {...{ id, label, hint, wrong }}>
      <textarea id={id} className="input" {...noteOf(id, { label, hint, wrong })} {...rest} />
    </Frame>
  );
}

export const Checkbox = ({ children, ...rest }: { children: ReactNode } & InputHTMLAttributes<HTMLInputElement>) => (
  <label className="check">
    <input type="checkbox" {...rest} />
    <span>{children}</span>
  </label>
);

export function Search({ label, ...rest }: { label: string } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <div className="search">
      <Icon name="search" />
      <input type="search" className="input" aria-label={label} placeholder={label} data-search {...rest} />
    </div>
  );
}
