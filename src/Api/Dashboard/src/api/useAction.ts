import { useCallback, useRef, useState } from 'react';
import { toast } from '../ui/toasts';
import { ApiError } from './client';

export interface Action<A extends unknown[]> {
  run: (...values: A) => Promise<boolean>;
  busy: boolean;
  error: ApiError | undefined;
  clear: () => void;
}

/** Something that a button does: busy meanwhile, never twice at once. What goes wrong is kept in `error`, and told in a toast unless `quiet`. */
export function useAction<A extends unknown[]>(work: (...values: A) => Promise<unknown>, options: { quiet?: boolean; done?: string } = {}): Action<A> {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const latest = useRef({ work, options, busy: false });
  latest.current.work = work;
  latest.current.options = options;
  const run = useCallback(async (...values: A) => {
    if (latest.current.busy) return false;
    latest.current.busy = true;
    setBusy(true);
    setError(undefined);
    try {
      await latest.current.work(...values);
      if (latest.current.options.done) toast(latest.current.options.done);
      return true;
    } catch (thrown) {
      const problem = thrown instanceof ApiError ? thrown : new ApiError(-1, 'unexpected', (thrown as Error).message);
      setError(problem);
      if (!latest.current.options.quiet) toast(problem.message, 'bad');
      return false;
    } finally {
      latest.current.busy = false;
      setBusy(false);
    }
  }, []);
  return { run, busy, error, clear: useCallback(() => setError(undefined), []) };
}
