import { useState } from 'react';
import { post, url } from '../../api/client';
import type { Model, Slide } from '../../api/types';
import { usePages } from '../../api/useData';
import { Button, LinkButton } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Select } from '../../ui/Field';
import { Empty, Loading } from '../../ui/States';
import { resolution } from '../../ui/words';
import { useBatch } from './batch';

export const useModels = () => usePages<Model>(url('/api/v1/models', {}, { limit: 200, sort: '-createdAt' }));

/** Asks for predictions of one or many slides; those that are still at work wait by themselves. */
export function PredictDialog({ slides, onClose, onDone }: { slides: Slide[]; onClose: () => void; onDone: () => void }) {
  const models = useModels();
  const [chosen, setChosen] = useState('');
  const model = models.data?.find(m => m.id === chosen) ?? models.data?.[0];
  const { left, action, problems } = useBatch(slides, slide => post('/api/v1/predictions', { body: { slideId: slide.id, modelId: model!.id } }), {
    said: asked => (asked.length === 1 ? `${asked[0]!.name} is being predicted.` : `${asked.length} slides are being predicted.`),
    onDone,
    onClose,
  });
  return (
    <Dialog
      title={left.length === 1 ? `Predict ${left[0]!.name}` : `Predict ${left.length} slides`}
      onClose={onClose}
      onSubmit={() => void action.run()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={action.busy} disabled={!model}>
            Predict
          </Button>
        </>
      }
    >
      {problems}
      {models.loading && <Loading lines={2} />}
      {models.data?.length === 0 && (
        <Empty icon="models" title="No models yet" actions={<LinkButton to="/models">To the models</LinkButton>}>
          Train one on a cohort, or import a model folder.
        </Empty>
      )}
      {model && (
        <Select
          label="Model"
          autoFocus
          value={model.id}
          onChange={event => setChosen(event.target.value)}
          hint={`${model.classes.length ? model.classes.join(', ') : 'survival'} · ${model.encoderId}${model.mpp ? ` at ${resolution(model.mpp)}` : ''}. Features that are missing are made first.`}
        >
          {models.data!.map(m => (
            <option key={m.id} value={m.id}>
              {m.name}
            </option>
          ))}
        </Select>
      )}
    </Dialog>
  );
}
