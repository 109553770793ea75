import { useState } from 'react';
import { etagOf, patch, url } from '../../api/client';
import type { Slide } from '../../api/types';
import { useAction } from '../../api/useAction';
import { Button, Segments } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Input, wrongOf } from '../../ui/Field';
import { Note } from '../../ui/States';
import { problemOf } from './words';

const usual = [['0.25', '40× (0.25)'], ['0.5', '20× (0.5)'], ['1', '10× (1.0)']] as const;

/** States the resolution of a slide whose file does not, or says something that cannot be. */
export function MppDialog({ slide, onClose, onDone }: { slide: Slide; onClose: () => void; onDone: () => void }) {
  const [mpp, setMpp] = useState('');
  const value = Number(mpp.replace(',', '.'));
  const fine = mpp.trim() !== '' && value > 0;
  const action = useAction(
    async () => {
      await patch('/api/v1/slides/{id}', { path: { id: slide.id }, body: { mpp: value, anyStain: null }, ifMatch: etagOf(url('/api/v1/slides/{id}', { id: slide.id })) });
      onDone();
      onClose();
    },
    { quiet: true, done: `${slide.name} goes on with ${value} µm/px.` },
  );
  return (
    <Dialog
      title={`Resolution of ${slide.name}`}
      onClose={onClose}
      onSubmit={() => fine && void action.run()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={action.busy} disabled={!fine}>
            State resolution
          </Button>
        </>
      }
    >
      {slide.problem && <Note tone="warn">{problemOf(slide)}</Note>}
      <div className="field">
        <span className="label">Objective of the scan</span>
        <Segments label="Objective of the scan" value={mpp} options={usual} onChange={setMpp} />
      </div>
      <Input
        label="Micrometres per pixel"
        inputMode="decimal"
        required
        autoFocus
        value={mpp}
        onChange={event => setMpp(event.target.value)}
        wrong={wrongOf(action.error, 'mpp') ?? (action.error ? action.error.message : undefined)}
        hint={fine ? `The slide would be ${((slide.width * value) / 1000).toFixed(1)} × ${((slide.height * value) / 1000).toFixed(1)} mm.` : `${slide.width} × ${slide.height} pixels. The scanner's own software tells it.`}
      />
    </Dialog>
  );
}
