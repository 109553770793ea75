import { useState } from 'react';
import { request, url } from '../../api/client';
import type { Prediction } from '../../api/types';
import { useAction } from '../../api/useAction';
import { useData } from '../../api/useData';
import { useSession } from '../../app/session';
import { Button } from '../../ui/Button';
import { Select, TextArea, wrongOf } from '../../ui/Field';
import { Icon } from '../../ui/Icon';
import { Time } from '../../ui/Time';

interface OpinionDto {
  id: string;
  by: string;
  name: string | null;
  mine: boolean;
  agrees: boolean;
  label: string | null;
  comment: string | null;
  changedAt: string;
}

interface View {
  agrees?: boolean;
  label: string;
  comment: string;
}

// What somebody is writing, by prediction: kept while tabs, models and cases are changed.
const drafts = new Map<string, View>();

/** Whether people agree with the model, and why; stored under their name, and taken out as labels from the worklist. */
export function Opinion({ prediction }: { prediction: Prediction }) {
  const { can, me } = useSession();
  const address = url('/api/v1/predictions/{id}/opinions', { id: prediction.id });
  const opinions = useData<OpinionDto[]>(address);
  const mine = opinions.data?.find(one => one.mine);
  const written = `${me.id} ${prediction.id}`;
  const [draft, setDraft] = useState(drafts.get(written));
  const write = (next: View | undefined) => {
    if (next) drafts.set(written, next);
    else drafts.delete(written);
    setDraft(next);
  };
  const kept: View = mine ? { agrees: mine.agrees, label: mine.agrees ? '' : (mine.label ?? ''), comment: mine.comment ?? '' } : { label: '', comment: '' };
  const { agrees, label, comment } = draft ?? kept;

  const save = useAction(
    async () => {
      await request(url('/api/v1/predictions/{id}/opinion', { id: prediction.id }), {
        method: 'PUT',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ agrees, label: agrees || !label ? null : label, comment: comment.trim() || null }),
      });
      write(undefined);
      opinions.refresh();
    },
    { done: 'Your view is kept.' },
  );
  const takeBack = useAction(
    async () => {
      await request(url('/api/v1/predictions/{id}/opinion', { id: prediction.id }), { method: 'DELETE' });
      write(undefined);
      opinions.refresh();
    },
    { done: 'Taken back.' },
  );
  const others = prediction.classes.filter(c => c.name !== prediction.predictedClass);
  return (
    <section className="stack tight" aria-label="Your view">
      <h3>Do you agree?</h3>
      {can('researcher') ? (
        <>
          <div className="row" role="group" aria-label="Do you agree?">
            <Button icon="agree" aria-pressed={agrees === true} onClick={() => write({ label, comment, agrees: true })}>Agree</Button>
            <Button icon="disagree" aria-pressed={agrees === false} onClick={() => write({ label, comment, agrees: false })}>Disagree</Button>
          </div>
          {draft && (
            <form
              className="stack tight"
              onSubmit={event => {
                event.preventDefault();
                void save.run();
              }}
            >
              {!agrees && others.length > 0 && (
                <Select label="What do you see?" value={label} onChange={event => write({ ...draft, label: event.target.value })} wrong={wrongOf(save.error, 'label')}>
                  <option value="">Not sure</option>
                  {others.map(c => <option key={c.name}>{c.name}</option>)}
                </Select>
              )}
              <TextArea label="Comment" value={comment} maxLength={4000} onChange={event => write({ ...draft, comment: event.target.value })} wrong={wrongOf(save.error, 'comment')} placeholder="What speaks for or against it" />
              <div className="row">
                <Button type="submit" kind="primary" busy={save.busy}>Keep</Button>
                <Button onClick={() => write(undefined)}>Cancel</Button>
                {mine && <Button kind="plain" busy={takeBack.busy} onClick={() => void takeBack.run()}>Take back</Button>}
              </div>
            </form>
          )}
        </>
      ) : (
        <p className="quiet small">Researchers and administrators can say so here.</p>
      )}
      {opinions.data && opinions.data.length > 0 && (
        <ul className="opinions">
          {opinions.data.map(one => (
            <li key={one.id}>
              <Icon name={one.agrees ? 'agree' : 'disagree'} />
              <div className="grow">
                <strong>{one.mine ? 'You' : (one.name ?? one.by)}</strong> {one.agrees ? 'agree' : 'disagree'}
                {!one.mine && 's'}
                {!one.agrees && one.label && <>: <strong>{one.label}</strong></>}
                {one.comment && <p>{one.comment}</p>}
                <span className="quiet small"><Time value={one.changedAt} /></span>
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
