import { useCallback, useEffect, useMemo, useState } from 'react';
import { read, url } from '../../api/client';
import type { Page, Prediction, Slide } from '../../api/types';
import { useGeneration } from '../../api/useData';

// As many slides as fit into an address.
const most = 100;

async function predictionsOf(ids: string[], signal: AbortSignal) {
  const found: Prediction[] = [];
  for (let from = 0; from < ids.length; from += most)
    for (let after: string | null = ''; after !== null; ) {
      const page: Page<Prediction> = await read(url('/api/v1/predictions', {}, { slideId: ids.slice(from, from + most), limit: 200, after }), signal);
      found.push(...page.items);
      after = page.next;
    }
  return found;
}

/** What models say of the slides that are shown: of each of them, however many predictions there are beside. */
export function usePredictions(slides: Slide[] | undefined) {
  const ids = slides?.map(slide => slide.id).join() ?? '';
  const [found, setFound] = useState<Prediction[]>([]);
  const [turn, setTurn] = useState(0);
  const generation = useGeneration();
  useEffect(() => {
    if (!ids) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      let wait = 10_000;
      if (document.hidden) wait = 1000;
      else
        try {
          const next = await predictionsOf(ids.split(','), stop.signal);
          setFound(next);
          if (next.some(p => !['succeeded', 'failed', 'cancelled'].includes(p.state))) wait = 1500;
        } catch {
          // The list of slides says what is wrong.
        }
      if (!stop.signal.aborted) timer = setTimeout(() => void ask(), wait);
    };
    void ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [ids, turn, generation]);
  const bySlide = useMemo(() => {
    const map = new Map<string, Prediction[]>();
    for (const prediction of found) map.set(prediction.slideId, [...(map.get(prediction.slideId) ?? []), prediction]);
    return map;
  }, [found]);
  return { bySlide, refresh: useCallback(() => setTurn(n => n + 1), []) };
}
