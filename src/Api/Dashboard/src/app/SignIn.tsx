import { useState, type FormEvent } from 'react';
import type { ApiError } from '../api/client';
import { Button } from '../ui/Button';
import { Input } from '../ui/Field';
import { Note, ResearchUse } from '../ui/States';
import { Logo } from './Logo';

/** Over everything else until a key is accepted. The key goes into a cookie that no script can read, not into this browser's storage. */
export function SignIn({ reason, onKey }: { reason?: string; onKey: (key: string) => Promise<void> }) {
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
    <div className="sign-in" role="dialog" aria-modal="true" aria-labelledby="sign-in-title">
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
    </div>
  );
}
