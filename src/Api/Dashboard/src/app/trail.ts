// Where somebody was before the viewer, so that its way back leads there; and the worklist as it was, so that the next case is one key away. Kept while the tab is open.
import { places } from './places';

/** A case of the worklist, and the prediction that it is opened with. */
export interface Case {
  slideId: string;
  predictionId: string;
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
  cases: (): Case[] => kept<Case[]>('mhim-worklist', []),
  keepCases: (cases: Case[]) => keep('mhim-worklist', cases),
};
