import { useEffect, useState } from 'react';
import { read } from '../../api/client';
import type { Page, WorklistItem } from '../../api/types';
import { behind, useGeneration } from '../../api/useData';
import { casesWith, trail, type Cases } from '../../app/trail';

/** The cases of the worklist in its order, for those who come from there; at the last that is known, the list is read on. */
export function useCases(slideId: string, fromWorklist: boolean) {
  const [cases, setCases] = useState<Cases>(() => (fromWorklist ? trail.cases() : { known: [], rest: null }));
  const at = cases.known.findIndex(one => one.slideId === slideId), last = at >= 0 && at === cases.known.length - 1;
  const generation = useGeneration();
  useEffect(() => {
    if (!last || !cases.rest) return;
    let left = false;
    read<Page<WorklistItem>>(cases.rest).then(
      page => {
        if (left) return;
        const more = casesWith(cases.known, page.items, page.next && behind(cases.rest!, page.next));
        trail.keepCases(more);
        setCases(more);
      },
      () => {}, // the next case waits; its place in the list says that there is more
    );
    return () => {
      left = true;
    };
  }, [last, cases, generation]);
  return { at, next: cases.known[at + 1], previous: cases.known[at - 1], count: `${cases.known.length}${cases.rest ? '+' : ''}` };
}
