import { useState } from 'react';
import { remove } from '../../api/client';
import type { Slide } from '../../api/types';
import { useAction } from '../../api/useAction';
import { Confirm } from '../../ui/Dialog';
import { ErrorBox } from '../../ui/States';
import { toast } from '../../ui/toasts';
import { forEach, Refusals, type Refusal } from './batch';

/** Before slides are removed; those that are refused stay in it with the reason. */
export function RemoveDialog({ slides, onClose, onDone }: { slides: Slide[]; onClose: () => void; onDone: () => void }) {
  const [refused, setRefused] = useState<Refusal[]>([]);
  const left = refused.length ? refused.map(one => one.slide) : slides;
  const action = useAction(
    async () => {
      // Not here any more is what was wanted.
      const next = await forEach(left, slide => remove('/api/v1/slides/{id}', { path: { id: slide.id } }).catch((error: { status?: number }) => {
        if (error.status !== 404) throw error;
      }));
      setRefused(next);
      if (next.length < left.length) {
        toast('Removed.');
        onDone();
      }
      if (!next.length) onClose();
    },
    { quiet: true },
  );
  return (
    <Confirm title={left.length === 1 ? `Remove ${left[0]!.name}?` : `Remove ${left.length} slides?`} action="Remove" busy={action.busy} onConfirm={() => void action.run()} onClose={onClose}>
      The file, its features and its predictions are removed for good.
      {refused.length > 0 && <Refusals refused={refused} />}
      {action.error && <ErrorBox error={action.error} />}
    </Confirm>
  );
}
