import { useCallback } from 'react';
import { useSearchParams } from 'wouter';

/** What is chosen on a page, in its address: it is there again after a look at something else, and can be sent to somebody. Empty is as if it were not there. */
export function useQuery(): [query: URLSearchParams, change: (changes: Record<string, string>) => void] {
  const [query, set] = useSearchParams();
  const change = useCallback(
    (changes: Record<string, string>) =>
      set(
        old => {
          for (const [name, value] of Object.entries(changes)) {
            if (value) old.set(name, value);
            else old.delete(name);
          }
          return old;
        },
        { replace: true },
      ),
    [set],
  );
  return [query, change];
}
