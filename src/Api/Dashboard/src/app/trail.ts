// Where somebody was before the viewer, so that its way back leads there; and the worklist as it was, so that the next case is one key away. Kept while the tab is open.
import type { WorklistItem } from '../api/types';
import { places } from './places';

/** A case of the worklist, and the prediction that it is opened with. */
export interface Case {
  slideId: string;
  predictionId: string;
}

/** The cases that are known so far, each slide once, and the address of the list behind them. */
export interface Cases {
  known: Case[];
  rest: string | null;
}

/** Cases with more of the worklist behind them. */
export function casesWith(known: Case[], items: WorklistItem[], rest: string | null): Cases {
  const slides = new Map(known.map(one => [one.slideId, one]));
  for (const item of items) if (!slides.has(item.slideId)) slides.set(item.slideId, { slideId: item.slideId, predictionId: item.answers[0]!.predictionId });
  return { known: [...slides.values()], rest };
}

function kept<T>(key: string, usual: T): T {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? 'null') as T ?? usual;
  } catch {
    return usual;
  }
}

function keep(key: string, value: unknown) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Without storage the way back leads to the slides.
  }
}

export const trail = {
  /** Notes a page that is no viewer. */
  was(address: string) {
    keep('mhim-trail', address);
  },
  back(): { to: string; words: string; worklist: boolean } {
    const to = kept('mhim-trail', '/slides');
    const place = places.find(one => to === one.to || to.startsWith(`${one.to}/`) || to.startsWith(`${one.to}?`));
    return { to, words: `Back to ${place ? `the ${place.name.toLowerCase()}` : 'where you were'}`, worklist: place?.to === '/worklist' };
  },
  cases: (): Cases => kept<Cases>('mhim-cases', { known: [], rest: null }),
  keepCases: (cases: Cases) => keep('mhim-cases', cases),
};
