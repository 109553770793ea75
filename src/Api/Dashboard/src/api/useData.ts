import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { ApiError, read } from './client';
import { connection } from './connection';
import type { Page } from './types';

const errorOf = (error: unknown) => (error instanceof ApiError ? error : new ApiError(-1, 'unexpected', (error as Error).message));
export const useGeneration = () => useSyncExternalStore(connection.subscribe, connection.generation);

export interface Data<T> {
  /** The last answer; stays while it is read anew, and when that fails. */
  data: T | undefined;
  error: ApiError | undefined;
  /** Nothing to show yet. */
  loading: boolean;
  refresh: () => void;
}

/**
 * What lies at an address (made with `url`); null: nothing is asked.
 * `every`: milliseconds until it is asked again, or what says so by the answer (0: not again); pages that nobody sees do not ask.
 */
export function useData<T>(address: string | null, every?: number | ((data: T) => number)): Data<T> {
  const [answer, setAnswer] = useState<{ address: string | null; data?: T; error?: ApiError }>({ address: null });
  const [turn, setTurn] = useState(0);
  const generation = useGeneration();
  const period = useRef(every);
  period.current = every;

  useEffect(() => {
    if (address === null) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      if (document.hidden) {
        timer = setTimeout(() => void ask(), 1000);
        return;
      }
      let data: T | undefined;
      try {
        data = await read<T>(address, stop.signal);
        setAnswer(old => (old.address === address && old.data === data && !old.error ? old : { address, data }));
      } catch (error) {
        if (stop.signal.aborted) return;
        setAnswer(old => ({ address, data: old.address === address ? old.data : undefined, error: errorOf(error) }));
      }
      const wait = typeof period.current === 'function' ? (data === undefined ? 0 : period.current(data)) : (period.current ?? 0);
      if (wait > 0 && !stop.signal.aborted) timer = setTimeout(() => void ask(), wait);
    };
    void ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [address, turn, generation]);

  const current = answer.address === address ? answer : { data: undefined, error: undefined };
  return { data: current.data, error: current.error, loading: address !== null && current.data === undefined && !current.error, refresh: useCallback(() => setTurn(n => n + 1), []) };
}

export interface Pages<T> extends Data<T[]> {
  hasMore: boolean;
  more: () => void;
}

/** A list, page after page: asked for again, as many pages are read as are shown. */
export function usePages<T>(address: string | null, every?: number | ((items: T[]) => number)): Pages<T> {
  const [answer, setAnswer] = useState<{ address: string | null; pages: Page<T>[]; error?: ApiError }>({ address: null, pages: [] });
  const [wanted, setWanted] = useState({ address, pages: 1 });
  const [turn, setTurn] = useState(0);
  const generation = useGeneration();
  const period = useRef(every);
  period.current = every;
  const count = wanted.address === address ? wanted.pages : 1;

  useEffect(() => {
    if (address === null) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      if (document.hidden) {
        timer = setTimeout(() => void ask(), 1000);
        return;
      }
      const pages: Page<T>[] = [];
      try {
        for (let after: string | null = null; pages.length < count; after = pages.at(-1)!.next) {
          if (pages.length && after === null) break;
          pages.push(await read<Page<T>>(after === null ? address : `${address}${address.includes('?') ? '&' : '?'}after=${encodeURIComponent(after)}`, stop.signal));
        }
        setAnswer(old => (old.address === address && !old.error && old.pages.length === pages.length && old.pages.every((page, i) => page === pages[i]) ? old : { address, pages }));
      } catch (error) {
        if (stop.signal.aborted) return;
        setAnswer(old => ({ address, pages: old.address === address ? old.pages : [], error: errorOf(error) }));
      }
      const wait = typeof period.current === 'function' ? period.current(pages.flatMap(page => page.items)) : (period.current ?? 0);
      if (wait > 0 && !stop.signal.aborted) timer = setTimeout(() => void ask(), wait);
    };
    void ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [address, count, turn, generation]);

  const current = answer.address === address && (answer.pages.length || answer.error) ? answer : undefined;
  const items = useRef<{ pages: Page<T>[]; items: T[] }>({ pages: [], items: [] });
  if (current && items.current.pages !== current.pages) items.current = { pages: current.pages, items: current.pages.flatMap(page => page.items) };
  return {
    data: current?.pages.length ? items.current.items : undefined,
    error: current?.error,
    loading: address !== null && !current,
    refresh: useCallback(() => setTurn(n => n + 1), []),
    hasMore: Boolean(current?.pages.at(-1)?.next),
    more: () => setWanted({ address, pages: count + 1 }),
  };
}
