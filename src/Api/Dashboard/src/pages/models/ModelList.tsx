import { useState } from 'react';
import { useLocation } from 'wouter';
import { post } from '../../api/client';
import type { Model } from '../../api/types';
import { useAction } from '../../api/useAction';
import { usePages } from '../../api/useData';
import { For } from '../../app/session';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Input, wrongOf } from '../../ui/Field';
import { Card, PageHead } from '../../ui/Layout';
import { Empty, ErrorBox, Note } from '../../ui/States';
import { Table, Title, type Column } from '../../ui/Table';
import { Time } from '../../ui/Time';
import { resolution } from '../../ui/words';
import { placeWords } from '../runs/names';

const columns: Column<Model>[] = [
  { id: 'name', head: 'Name', sort: 'name', cell: row => <Title to={`/models/${row.id}`} sub={row.classes.length ? row.classes.join(', ') : 'survival'}>{row.name}</Title> },
  { id: 'encoder', head: 'Encoder', cell: row => row.encoderId },
  { id: 'tiles', head: 'Tiles', cell: row => (row.tileSize && row.mpp ? `${row.tileSize} px at ${resolution(row.mpp)}` : <span className="quiet">not said</span>) },
  { id: 'from', head: 'From', cell: row => (row.runModel ? placeWords(row.runModel) : <span className="quiet">imported</span>) },
  { id: 'when', head: 'Added', sort: 'createdAt', cell: row => <Time value={row.createdAt} /> },
];

export function ModelList() {
  const [, navigate] = useLocation();
  const [sort, setSort] = useState('-createdAt');
  const [asking, setAsking] = useState(false);
  const list = usePages<Model>(`/api/v1/models?limit=50&sort=${sort}`);
  const add = <For role="researcher"><Button icon="upload" onClick={() => setAsking(true)}>Import a model</Button></For>;
  return (
    <div className="page">
      <PageHead title="Models" actions={add}>What can read slides: models that were taken over from runs, and imported ones.</PageHead>
      {list.error && !list.data ? <ErrorBox error={list.error} retry={list.refresh} /> : (
        <Card flush>
          <Table label="Models" columns={columns} rows={list.data} rowKey={row => row.id} href={row => `/models/${row.id}`} sort={sort} onSort={setSort} hasMore={list.hasMore} more={list.more}
            empty={<Empty icon="models" title="No models yet" actions={add}>Train a run and take its best model over, or import a model folder.</Empty>} />
        </Card>
      )}
      {asking && <Import onClose={() => setAsking(false)} onDone={model => navigate(`/models/${model.id}`)} />}
    </div>
  );
}

function Import({ onClose, onDone }: { onClose: () => void; onDone: (model: Model) => void }) {
  const [files, setFiles] = useState<File[]>([]);
  const [name, setName] = useState('');
  const send = useAction(async () => {
    const form = new FormData();
    if (name) form.append('name', name);
    for (const file of files) form.append('files', file);
    onDone(await post('/api/v1/models', { body: form as never }) as Model);
  }, { quiet: true });
  return (
    <Dialog title="Import a model" onClose={onClose} onSubmit={() => files.length > 0 && void send.run()} footer={<><Button onClick={onClose}>Cancel</Button><Button type="submit" kind="primary" busy={send.busy} disabled={files.length === 0}>Import</Button></>}>
      {send.error && <Note tone="bad" title="It was not taken">{send.error.message}</Note>}
      <Input label="Model files" type="file" multiple accept=".zip,.json,.safetensors" hint="model.safetensors, config.json and card.json, or one zip with them" wrong={wrongOf(send.error, 'files')} onChange={event => setFiles([...(event.target.files ?? [])])} />
      <Input label="Name" value={name} onChange={event => setName(event.target.value)} placeholder="as its card says" wrong={wrongOf(send.error, 'name')} />
    </Dialog>
  );
}
