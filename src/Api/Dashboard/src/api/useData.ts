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

type Every<T> = number | ((data: T) => number);

/** Asks when `key` (null: never), the sign-in or the turn changes, and again after as many milliseconds as `ask` returns (0: not again); never while nobody sees the page. */
function useAsking(key: string | null, ask: (stop: AbortSignal) => Promise<number>): () => void {
  const [turn, setTurn] = useState(0);
  const generation = useGeneration();
  const latest = useRef(ask);
  latest.current = ask;

  useEffect(() => {
    if (key === null) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = async () => {
      const wait = document.hidden ? 1000 : await latest.current(stop.signal);
      if (wait > 0 && !stop.signal.aborted) timer = setTimeout(() => void next(), wait);
    };
    void next();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [key, turn, generation]);

  return useCallback(() => setTurn(n => n + 1), []);
}

const waitOf = <T,>(every: Every<T> | undefined, data: T | undefined) => (typeof every === 'function' ? (data === undefined ? 0 : every(data)) : (every ?? 0));
// A refusal stays one; whatever else goes wrong may be over soon.
const waitAfter = <T,>(every: Every<T> | undefined, { status }: ApiError) => (status >= 400 && status < 500 && status !== 429 ? waitOf(every, undefined) : 5000);

/**
 * What lies at an address (made with `url`); null: nothing is asked.
 * `every`: milliseconds until it is asked again, or what says so by the answer (0: not again).
 */
export function useData<T>(address: string | null, every?: Every<T>): Data<T> {
  const [answer, setAnswer] = useState<{ address: string | null; data?: T; error?: ApiError }>({ address: null });

  const refresh = useAsking(address, async stop => {
    let data: T | undefined;
    try {
      data = await read<T>(address!, stop);
      setAnswer(old => (old.address === address && old.data === data && !old.error ? old : { address, data }));
    } catch (error) {
      if (stop.aborted) return 0;
      const problem = errorOf(error);
      setAnswer(old => ({ address, data: old.address === address ? old.data : undefined, error: problem }));
      return waitAfter(every, problem);
    }
    return waitOf(every, data);
  });

  const current = answer.address === address ? answer : { data: undefined, error: undefined };
  return { data: current.data, error: current.error, loading: address !== null && current.data === undefined && !current.error, refresh };
}

export interface Pages<T> extends Data<T[]> {
  hasMore: boolean;
  more: () => void;
  /** Address of the page behind those that are shown. */
  rest: string | null;
}

/** The address of the page behind another. */
export function behind(address: string, after: string) {
  const [path, query] = address.split('?');
  const words = new URLSearchParams(query);
  words.set('after', after);
  return `${path}?${words}`;
}

/** A list, page after page: asked for again, as many pages are read as are shown. */
export function usePages<T>(address: string | null, every?: Every<T[]>): Pages<T> {
  const [answer, setAnswer] = useState<{ address: string | null; pages: Page<T>[]; error?: ApiError }>({ address: null, pages: [] });
  const [wanted, setWanted] = useState({ address, pages: 1 });
  const count = wanted.address === address ? wanted.pages : 1;

  const refresh = useAsking(address === null ? null : `${count} ${address}`, async stop => {
    const pages: Page<T>[] = [];
    try {
      for (let after: string | null = null; pages.length < count; after = pages.at(-1)!.next) {
        if (pages.length && after === null) break;
        pages.push(await read<Page<T>>(after === null ? address! : behind(address!, after), stop));
      }
      setAnswer(old => (old.address === address && !old.error && old.pages.length === pages.length && old.pages.every((page, i) => page === pages[i]) ? old : { address, pages }));
    } catch (error) {
      if (stop.aborted) return 0;
      const problem = errorOf(error);
      setAnswer(old => ({ address, pages: old.address === address ? old.pages : [], error: problem }));
      return waitAfter(every, problem);
    }
    return waitOf(every, pages.flatMap(page => page.items));
  });

  const current = answer.address === address && (answer.pages.length || answer.error) ? answer : undefined;
  const next = current?.pages.at(-1)?.next;
  const items = useRef<{ pages: Page<T>[]; items: T[] }>({ pages: [], items: [] });
  if (current && items.current.pages !== current.pages) items.current = { pages: current.pages, items: current.pages.flatMap(page => page.items) };
  return {
    data: current?.pages.length ? items.current.items : undefined,
    error: current?.error,
    loading: address !== null && !current,
    refresh,
    hasMore: Boolean(next),
    rest: address && next ? behind(address, next) : null,
    more: () => setWanted({ address, pages: count + 1 }),
  };
}
