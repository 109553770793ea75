import { useState } from 'react';
import { ApiError } from '../../api/client';
import type { Slide } from '../../api/types';
import { useAction } from '../../api/useAction';
import { ErrorBox, Note } from '../../ui/States';
import { toast } from '../../ui/toasts';

interface Refusal {
  slide: Slide;
  error: ApiError;
}

/** Asks for each slide, also behind one that is refused; an end of the sign-in or of the service ends it. */
async function forEach(slides: Slide[], ask: (slide: Slide) => Promise<unknown>): Promise<Refusal[]> {
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
const Refusals = ({ refused }: { refused: Refusal[] }) => (
  <Note tone="bad" title={refused.length === 1 ? 'One slide was refused' : `${refused.length} slides were refused`}>
    <ul className="refusals">
      {refused.map(({ slide, error }) => <li key={slide.id}><strong>{slide.name}</strong>: {error.message}</li>)}
    </ul>
  </Note>
);

/** Something that is asked for many slides: those that are refused are left, with the reason; when none is, the dialog closes. */
export function useBatch(slides: Slide[], ask: (slide: Slide) => Promise<unknown>, { said, onDone, onClose }: { said: (done: Slide[]) => string; onDone: () => void; onClose: () => void }) {
  const [refused, setRefused] = useState<Refusal[]>([]);
  const left = refused.length ? refused.map(one => one.slide) : slides;
  const action = useAction(
    async () => {
      const next = await forEach(left, ask);
      setRefused(next);
      const done = left.filter(slide => next.every(one => one.slide !== slide));
      if (done.length) {
        toast(said(done));
        onDone();
      }
      if (!next.length) onClose();
    },
    { quiet: true },
  );
  const problems = (
    <>
      {refused.length > 0 && <Refusals refused={refused} />}
      {action.error && <ErrorBox error={action.error} />}
    </>
  );
  return { left, action, problems };
}
