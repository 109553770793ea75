import type { System } from '../../api/types';
import { useData } from '../../api/useData';
import { Badge } from '../../ui/Badge';
import { Card, Facts, Stat } from '../../ui/Layout';
import { Bars } from '../../ui/Plot';
import { ErrorBox, Loading, Note } from '../../ui/States';
import { Table, type Column } from '../../ui/Table';
import { Time } from '../../ui/Time';
import { bytes, count, moment } from '../../ui/words';

type Worker = System['workers'][number];
type Queue = System['queues'][number];

const workers: Column<Worker>[] = [
  { id: 'host', head: 'Machine', cell: row => <><strong>{row.host}</strong><small>process {row.processId}</small></> },
  { id: 'state', head: 'State', cell: row => (row.alive ? <Badge tone="good" icon="check">at work</Badge> : <Badge tone="bad" icon="bad">lost</Badge>) },
  { id: 'queues', head: 'Queues', cell: row => row.queues.join(', ') },
  { id: 'device', head: 'Device', cell: row => row.device },
  { id: 'seen', head: 'Last heard', cell: row => <Time value={row.seenAt} /> },
  { id: 'since', head: 'Since', cell: row => <Time value={row.startedAt} /> },
  { id: 'version', head: 'Version', cell: row => <span className="small">{row.version.split('+')[0]}</span> },
];
const queues: Column<Queue>[] = [
  { id: 'name', head: 'Queue', cell: row => <strong>{row.name}</strong> },
  { id: 'workers', head: 'Workers', number: true, cell: row => (row.workers ? row.workers : <Badge tone="bad" icon="bad">none</Badge>) },
  { id: 'running', head: 'Running', number: true, cell: row => count(row.running) },
  { id: 'queued', head: 'Queued', number: true, cell: row => count(row.queued) },
  { id: 'waiting', head: 'Wait for others', number: true, cell: row => count(row.waiting) },
  { id: 'failed', head: 'Failed', number: true, cell: row => count(row.failed) },
  { id: 'since', head: 'Oldest waits since', cell: row => <Time value={row.queuedSince} /> },
];

/** Disk, workers and queues, as they are now. */
export function SystemView() {
  const { data, error, refresh } = useData<System>('/api/v1/system', 5000);
  if (error && !data) return <ErrorBox error={error} retry={refresh} />;
  if (!data) return <Loading lines={8} />;
  const { disk } = data, used = disk.use.reduce((sum, one) => sum + one.bytes, 0), most = Math.max(1, ...disk.use.map(one => one.bytes));
  return (
    <div className="stack">
      {disk.freeBytes < 0.1 * disk.totalBytes && <Note tone="warn" title="The disk is nearly full">{bytes(disk.freeBytes)} are free. Uploads are refused when less than 1 GB would be left.</Note>}
      {data.queues.filter(queue => queue.workers === 0).map(queue => <Note key={queue.name} tone="bad" title={`Nobody works on the queue ${queue.name}`}>Its jobs wait until a worker is started.</Note>)}
      <Card>
        <div className="stats">
          <Stat value={bytes(disk.freeBytes)}>free of {bytes(disk.totalBytes)}</Stat>
          <Stat value={bytes(used)}>in use by this service</Stat>
          <Stat value={data.workers.filter(worker => worker.alive).length}>workers</Stat>
          <Stat value={data.queues.reduce((sum, queue) => sum + queue.running, 0)}>jobs running</Stat>
          <Stat value={count(data.queues.reduce((sum, queue) => sum + queue.queued, 0))}>jobs queued</Stat>
        </div>
      </Card>
      <div className="columns">
        <Card title="Disk"><Bars label="Disk" items={disk.use.map(one => ({ name: one.kind, value: one.bytes, most, words: `${bytes(one.bytes)}, ${count(one.files)} files`, colour: 1 }))} /></Card>
        <Card title="Service"><Facts items={[['Version', data.version.split('+')[0]], ['Database', data.database === 'postgres' ? 'PostgreSQL' : 'SQLite'], ['Started', moment(data.startedAt)]]} /></Card>
      </div>
      <Card title="Queues" flush><Table label="Queues" columns={queues} rows={data.queues} rowKey={row => row.name} /></Card>
      <Card title="Workers" flush><Table label="Workers" columns={workers} rows={data.workers} rowKey={row => row.id} empty={<Note tone="bad">No worker has been heard of within a day.</Note>} /></Card>
    </div>
  );
}
