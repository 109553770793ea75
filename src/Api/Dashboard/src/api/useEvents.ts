import { useEffect, useRef } from 'react';
import { useGeneration } from './useData';

/** Follows an event stream while it lasts; null: none. The service ends it with an event `end`, after which nobody connects again. */
export function useEvents<T>(address: string | null, name: string, then: (value: T) => void, ended?: () => void) {
  const callbacks = useRef({ then, ended });
  callbacks.current = { then, ended };
  const generation = useGeneration();
  useEffect(() => {
    if (address === null) return;
    const source = new EventSource(address);
    source.addEventListener(name, event => {
      callbacks.current.then(JSON.parse(event.data) as T);
      if (event.lastEventId !== 'end') return;
      source.close();
      callbacks.current.ended?.();
    });
    return () => source.close();
  }, [address, name, generation]);
}
