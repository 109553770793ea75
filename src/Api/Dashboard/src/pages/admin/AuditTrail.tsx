import { useState } from 'react';
import { Link } from 'wouter';
import { url } from '../../api/client';
import type { Audit } from '../../api/types';
import { usePages } from '../../api/useData';
import { Badge } from '../../ui/Badge';
import { Button } from '../../ui/Button';
import { Input, Select } from '../../ui/Field';
import { Card } from '../../ui/Layout';
import { Empty, ErrorBox } from '../../ui/States';
import { Table, type Column } from '../../ui/Table';
import { moment } from '../../ui/words';

const Status = ({ status }: { status: number }) => status >= 500 ? <Badge tone="bad" icon="bad">{status} error</Badge> : status === 401 || status === 403 ? <Badge tone="bad" icon="bad">{status} denied</Badge>
  : status >= 400 ? <Badge tone="warn" icon="warn">{status} refused</Badge> : <Badge tone="good" icon="check">{status} done</Badge>;

// What has a page of its own leads there.
const paged = /^\/(slides|cohorts|runs|models)\/[0-9a-f-]{36}/;

const Resource = ({ path }: { path: string }) => {
  const page = paged.exec(path)?.[0];
  return page ? <><Link href={page}>{page}</Link>{path.slice(page.length)}</> : <>{path}</>;
};

/** Who did what; nobody can change it here. */
export function AuditTrail() {
  const [principal, setPrincipal] = useState('');
  const [resource, setResource] = useState('');
  const [asked, setAsked] = useState({ principal: '', resource: '' });
  const [status, setStatus] = useState('');
  const list = usePages<Audit>(url('/api/v1/audit', {}, { limit: 100, ...asked, status }));
  const columns: Column<Audit>[] = [
    { id: 'at', head: 'When', cell: row => <span className="nowrap">{moment(row.at)}</span> },
    {
      id: 'who', head: 'Who', cell: row => (
        <>
          <button type="button" className="job-name" title="Only what they did" onClick={() => { setPrincipal(row.principal); setAsked({ principal: row.principal, resource: asked.resource }); }}>{row.name ?? row.principal}</button>
          {row.name && <small>{row.principal}</small>}
        </>
      ),
    },
    { id: 'what', head: 'What', cell: row => <><code>{row.action.split(' ')[0]}</code> <Resource path={row.resource.replace('/api/v1', '')} /></> },
    { id: 'status', head: 'Came of it', cell: row => <Status status={row.status} /> },
    { id: 'from', head: 'From', cell: row => row.address ?? <span className="quiet">–</span> },
  ];
  return (
    <div className="stack">
      <form className="audit-tools" onSubmit={event => { event.preventDefault(); setAsked({ principal, resource }); }}>
        <Input label="Who" value={principal} onChange={event => setPrincipal(event.target.value)} placeholder="key:…" data-search />
        <Input label="What (whole path)" value={resource} onChange={event => setResource(event.target.value)} placeholder="/api/v1/slides/…" />
        <Select label="Came of it" value={status} onChange={event => setStatus(event.target.value)}>
          <option value="">everything</option>
          {([['200', 'done'], ['201', 'made'], ['204', 'done, no answer'], ['403', 'denied'], ['409', 'conflict'], ['422', 'refused']] as const).map(([code, words]) => <option key={code} value={code}>{code} {words}</option>)}
        </Select>
        <div className="row"><Button type="submit">Filter</Button>{(asked.principal || asked.resource) && <Button kind="plain" onClick={() => { setPrincipal(''); setResource(''); setAsked({ principal: '', resource: '' }); }}>Show all</Button>}</div>
      </form>
      {list.error && !list.data ? <ErrorBox error={list.error} retry={list.refresh} /> : (
        <Card flush><Table label="Audit trail" columns={columns} rows={list.data} rowKey={row => String(row.id)} hasMore={list.hasMore} more={list.more} empty={<Empty icon="admin" title="Nothing was noted">Every write, and every look at a slide, is noted here.</Empty>} /></Card>
      )}
    </div>
  );
}
