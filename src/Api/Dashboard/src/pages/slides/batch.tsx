import { ApiError } from '../../api/client';
import type { Slide } from '../../api/types';
import { Note } from '../../ui/States';

export interface Refusal {
  slide: Slide;
  error: ApiError;
}

/** Asks for each slide, also behind one that is refused; an end of the sign-in or of the service ends it. */
export async function forEach(slides: Slide[], ask: (slide: Slide) => Promise<unknown>): Promise<Refusal[]> {
  const refused: Refusal[] = [];
  for (const slide of slides)
    try {
      await ask(slide);
    } catch (error) {
      if (!(error instanceof ApiError) || error.away || error.status === 401) throw error;
      refused.push({ slide, error });
    }
  return refused;
}

/** Which slides were refused, and why. */
export const Refusals = ({ refused }: { refused: Refusal[] }) => (
  <Note tone="bad" title={refused.length === 1 ? 'One slide was refused' : `${refused.length} slides were refused`}>
    <ul className="refusals">
      {refused.map(({ slide, error }) => <li key={slide.id}><strong>{slide.name}</strong>: {error.message}</li>)}
    </ul>
  </Note>
);
