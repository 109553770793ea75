import { useEffect, useRef, useState, type FormEvent } from 'react';
import type { ApiError } from '../api/client';
import { Button } from '../ui/Button';
import { Input } from '../ui/Field';
import { Note, ResearchUse } from '../ui/States';
import { Logo } from './Logo';

/** Over everything else, open dialogs too, until a key is accepted. The key goes into a cookie that no script can read, not into this browser's storage. */
export function SignIn({ reason, onKey }: { reason?: string; onKey: (key: string) => Promise<void> }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current!.showModal();
    return () => before?.focus?.();
  }, []);
  const [key, setKey] = useState('');
  const [wrong, setWrong] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setWrong(undefined);
    try {
      await onKey(key.trim());
    } catch (error) {
      const { status, message } = error as ApiError;
      setWrong(status === 401 || status === 400 ? 'This key is unknown, expired or revoked.' : message);
    } finally {
      setBusy(false);
    }
  };
  return (
    // Browsers let a second Escape close it, whatever was said of the first.
    <dialog ref={dialog} className="sign-in" aria-labelledby="sign-in-title" onCancel={event => event.preventDefault()} onClose={() => dialog.current?.showModal()}>
      <form className="card stack" onSubmit={event => void submit(event)}>
        <Logo />
        <h1 id="sign-in-title">Sign in</h1>
        {reason && <Note tone="warn">{reason}</Note>}
        <Input label="API key" type="password" autoFocus required value={key} onChange={event => setKey(event.target.value)} wrong={wrong} placeholder="mhim_…" autoComplete="current-password" hint="From your administrator, or made with: mhim key create" />
        <Button type="submit" kind="primary" busy={busy} disabled={!key.trim()}>
          Sign in
        </Button>
        <ResearchUse long />
      </form>
    </dialog>
  );
}
