import { useState } from 'react';
import { post, url } from '../../api/client';
import type { Model, Page, Run } from '../../api/types';
import { useAction } from '../../api/useAction';
import { useData } from '../../api/useData';
import { For } from '../../app/session';
import { Button } from '../../ui/Button';
import { Input, Select, wrongOf } from '../../ui/Field';
import { Card } from '../../ui/Layout';
import { Empty, ErrorBox } from '../../ui/States';
import { Table, Title, type Column } from '../../ui/Table';
import { Time } from '../../ui/Time';
import { placeWords, stageName } from './names';

const columns: Column<Model>[] = [
  { id: 'name', head: 'Model', cell: row => <Title to={`/models/${row.id}`}>{row.name}</Title> },
  { id: 'from', head: 'From', cell: row => row.runModel && placeWords(row.runModel) },
  { id: 'when', head: 'Taken over', cell: row => <Time value={row.createdAt} /> },
];

/** The models of a run: those that can predict, and those that could. */
export function RunModels({ run }: { run: Run }) {
  const models = useData<Page<Model>>(url('/api/v1/models', {}, { runId: run.id, limit: 200 }));
  const [which, setWhich] = useState('best');
  const [name, setName] = useState('');
  const take = useAction(async () => {
    await post('/api/v1/runs/{id}/models', { path: { id: run.id }, body: { which, name: name || null } as never });
    setName('');
    models.refresh();
  }, { quiet: true, done: 'Taken over: it can predict now.' });
  const stages = run.settings.preset === 'plain' ? ['baseline'] : ['baseline', 'mhim'];
  return (
    <div className="stack">
      <For role="researcher">
        <Card title="Take a model over">
          <form className="run-take" noValidate onSubmit={event => { event.preventDefault(); void take.run(); }}>
            <Select label="Which" value={which} onChange={event => setWhich(event.target.value)} wrong={wrongOf(take.error, 'which')}>
              <option value="best">The best by validation</option>
              <option value="all">The last stage of every fold</option>
              {run.folds.flatMap(fold => stages.map(stage => <option key={`${fold.fold}${stage}`} value={`fold-${fold.fold}/${stage}`}>Fold {fold.fold + 1}, {stageName(stage)}</option>))}
            </Select>
            <Input label="Name" value={name} onChange={event => setName(event.target.value)} placeholder="after the run" wrong={wrongOf(take.error, 'name')} />
            <Button type="submit" kind="primary" busy={take.busy}>Take over</Button>
          </form>
          {take.error && Object.keys(take.error.fields).length === 0 && <ErrorBox error={take.error} />}
        </Card>
      </For>
      {models.error && !models.data ? <ErrorBox error={models.error} retry={models.refresh} /> : (
        <Card flush>
          <Table label="Models of the run" columns={columns} rows={models.data?.items} rowKey={row => row.id} href={row => `/models/${row.id}`} empty={<Empty icon="models" title="None is taken over yet">A model that is taken over can read slides, also after the run is removed.</Empty>} />
        </Card>
      )}
    </div>
  );
}
