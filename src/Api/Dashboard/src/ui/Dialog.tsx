import { useEffect, useRef, type FormEvent, type ReactNode } from 'react';
import { Button, IconButton } from './Button';

/** A window over the page. Escape closes it; the focus goes back to where it was (the browser's own dialog does both). With `onSubmit` its content is a form; one that is `sticky` is closed by its own button alone. */
export function Dialog({ title, onClose, onSubmit, wide, sticky, footer, children }: { title: string; onClose: () => void; onSubmit?: () => void; wide?: boolean; sticky?: boolean; footer?: ReactNode; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current!;
    const before = document.activeElement as HTMLElement | null;
    if (!element.open) element.showModal();
    return () => before?.focus?.();
  }, []);
  const content = (
    <>
      <header>
        <h2 id="dialog-title">{title}</h2>
        {!sticky && <IconButton icon="close" label="Close" kind="plain" small onClick={onClose} />}
      </header>
      {children}
      {footer && <footer>{footer}</footer>}
    </>
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit!();
  };
  return (
    <dialog
      ref={dialog}
      className={`dialog ${wide ? 'wide' : ''}`}
      aria-labelledby="dialog-title"
      onCancel={event => {
        event.preventDefault();
        if (!sticky) onClose();
      }}
      // Browsers let a second Escape close it, whatever was said of the first.
      onClose={() => (sticky ? dialog.current?.showModal() : onClose())}
      onMouseDown={event => !sticky && event.target === dialog.current && onClose()}
    >
      {onSubmit ? (
        <form onSubmit={submit} noValidate>
          {content}
        </form>
      ) : (
        <div>{content}</div>
      )}
    </dialog>
  );
}

/** Before something that cannot be undone. */
export function Confirm({ title, children, action, busy, onConfirm, onClose }: { title: string; children: ReactNode; action: string; busy?: boolean; onConfirm: () => void; onClose: () => void }) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      onSubmit={onConfirm}
      footer={
        <>
          <Button onClick={onClose}>Keep</Button>
          <Button type="submit" kind="danger" busy={busy}>
            {action}
          </Button>
        </>
      }
    >
      <div>{children}</div>
    </Dialog>
  );
}
