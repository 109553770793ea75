import { useState } from 'react';
import { post, remove, url } from '../../api/client';
import type { Key, Role } from '../../api/types';
import { useAction } from '../../api/useAction';
import { usePages } from '../../api/useData';
import { useSession } from '../../app/session';
import { Badge } from '../../ui/Badge';
import { Button } from '../../ui/Button';
import { copy } from '../../ui/Copy';
import { Confirm, Dialog } from '../../ui/Dialog';
import { Input, Select, wrongOf } from '../../ui/Field';
import { Card } from '../../ui/Layout';
import { Empty, ErrorBox, Note } from '../../ui/States';
import { Table, type Column } from '../../ui/Table';
import { Time } from '../../ui/Time';

const may: Record<Role, string> = { viewer: 'reads everything but keys and audit', researcher: 'also uploads, predicts, trains and says opinions', admin: 'also makes keys and reads the audit trail' };

const StateOf = ({ row }: { row: Key }) => row.revokedAt ? <Badge tone="bad" icon="bad">revoked</Badge> : row.expiresAt && Date.parse(row.expiresAt) < Date.now() ? <Badge tone="warn" icon="clock">expired</Badge> : <Badge tone="good" icon="check">works</Badge>;

export function KeyList() {
  const { open, me } = useSession();
  const [sort, setSort] = useState('-createdAt');
  const [role, setRole] = useState<Role | ''>('');
  const [making, setMaking] = useState(false);
  const [asking, setAsking] = useState<Key>();
  const list = usePages<Key>(url('/api/v1/keys', {}, { limit: 50, sort, role }));
  const revoke = useAction(async (key: Key) => { await remove('/api/v1/keys/{id}', { path: { id: key.id } }); list.refresh(); }, { done: 'The key is revoked.' });
  const make = <Button kind="primary" icon="plus" onClick={() => setMaking(true)}>Make a key</Button>;
  const columns: Column<Key>[] = [
    { id: 'name', head: 'Name', sort: 'name', cell: row => <><strong>{row.name}</strong>{me.id === `key:${row.id}` && <> <Badge tone="accent">this is you</Badge></>}<small><code>{row.start}…</code></small></> },
    { id: 'role', head: 'Role', cell: row => <span title={may[row.role]}>{row.role}</span> },
    { id: 'state', head: 'State', cell: row => <StateOf row={row} /> },
    { id: 'used', head: 'Last used', cell: row => <Time value={row.lastUsedAt} /> },
    { id: 'expires', head: 'Expires', cell: row => (row.expiresAt ? row.expiresAt.slice(0, 10) : <span className="quiet">never</span>) },
    { id: 'made', head: 'Made', sort: 'createdAt', cell: row => <Time value={row.createdAt} /> },
    { id: 'do', head: <span className="for-readers">Actions</span>, cell: row => !row.revokedAt && <Button small kind="danger" onClick={() => setAsking(row)}>Revoke</Button> },
  ];
  return (
    <div className="stack">
      {open && <Note tone="warn" title="This service asks nobody who they are">It is open on this machine only. Keys matter once it is started with <code>--keys</code>.</Note>}
      <div className="row wrap between">
        <div className="admin-role">
          <Select label="Role" value={role} onChange={event => setRole(event.target.value as Role | '')}>
            <option value="">All roles</option>
            {(Object.keys(may) as Role[]).map(one => <option key={one} value={one}>{one}: {may[one]}</option>)}
          </Select>
        </div>
        {make}
      </div>
      {list.error && !list.data ? <ErrorBox error={list.error} retry={list.refresh} /> : (
        <Card flush>
          <Table label="Keys" columns={columns} rows={list.data} rowKey={row => row.id} sort={sort} onSort={setSort} hasMore={list.hasMore} more={list.more} empty={<Empty icon="key" title="No keys" actions={make}>Each person and program has a key of its own, so that the audit trail can say who did what.</Empty>} />
        </Card>
      )}
      {making && <MakeKey onClose={() => { setMaking(false); list.refresh(); }} />}
      {asking && <Confirm title={`Revoke the key of ${asking.name}?`} action="Revoke" busy={revoke.busy} onClose={() => setAsking(undefined)} onConfirm={() => void revoke.run(asking).then(() => setAsking(undefined))}>It is worthless from the next request on, for good.{me.id === `key:${asking.id}` && ' It is your own: you will be signed out.'}</Confirm>}
    </div>
  );
}

function MakeKey({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [days, setDays] = useState('365');
  const [secret, setSecret] = useState<string>();
  const make = useAction(async () => {
    const made = await post('/api/v1/keys', { body: { name, role, expiresInDays: days === '' ? null : Number(days) } as never }) as { secret: string };
    setSecret(made.secret);
  }, { quiet: true });
  if (secret)
    return (
      <Dialog title="The new key" sticky onClose={onClose} footer={<Button kind="primary" onClick={onClose}>I have kept it</Button>}>
        <Note tone="warn" title="It is shown only now">Give it to {name} by a safe way; only its hash is kept here.</Note>
        <div className="row"><code className="secret grow">{secret}</code><Button icon="file" onClick={() => void copy(secret, 'The key is copied.')}>Copy</Button></div>
      </Dialog>
    );
  return (
    <Dialog title="Make a key" onClose={onClose} onSubmit={() => void make.run()} footer={<><Button onClick={onClose}>Cancel</Button><Button type="submit" kind="primary" busy={make.busy}>Make it</Button></>}>
      {make.error && Object.keys(make.error.fields).length === 0 && <ErrorBox error={make.error} />}
      <Input label="Name" value={name} onChange={event => setName(event.target.value)} placeholder="Dr. Kim" hint="Whose it is, or which program’s" wrong={wrongOf(make.error, 'name')} autoFocus />
      <Select label="Role" value={role} onChange={event => setRole(event.target.value as Role)} hint={`A ${role} ${may[role]}.`} wrong={wrongOf(make.error, 'role')}>
        {(Object.keys(may) as Role[]).map(one => <option key={one} value={one}>{one}</option>)}
      </Select>
      <Input label="Works for (days)" type="number" min={1} max={3650} value={days} onChange={event => setDays(event.target.value)} hint="Empty: until it is revoked" wrong={wrongOf(make.error, 'expiresInDays')} />
    </Dialog>
  );
}
