import { remove } from '../../api/client';
import type { Slide } from '../../api/types';
import { Confirm } from '../../ui/Dialog';
import { useBatch } from './batch';

// Not here any more is what was wanted.
const removed = (slide: Slide) => remove('/api/v1/slides/{id}', { path: { id: slide.id } }).catch((error: { status?: number }) => {
  if (error.status !== 404) throw error;
});

/** Before slides are removed; those that are refused stay in it with the reason. */
export function RemoveDialog({ slides, onClose, onDone }: { slides: Slide[]; onClose: () => void; onDone: () => void }) {
  const { left, action, problems } = useBatch(slides, removed, { said: () => 'Removed.', onDone, onClose });
  return (
    <Confirm title={left.length === 1 ? `Remove ${left[0]!.name}?` : `Remove ${left.length} slides?`} action="Remove" busy={action.busy} onConfirm={() => void action.run()} onClose={onClose}>
      The file, its features and its predictions are removed for good.
      {problems}
    </Confirm>
  );
}
