import type { Encoder } from '../../api/types';
import { useData } from '../../api/useData';
import { Badge } from '../../ui/Badge';
import { Card, PageHead } from '../../ui/Layout';
import { ErrorBox, Note } from '../../ui/States';
import { Table, type Column } from '../../ui/Table';
import { count, magnification, resolution } from '../../ui/words';

const columns: Column<Encoder>[] = [
  { id: 'id', head: 'Encoder', cell: row => <span className="row wrap"><strong>{row.id}</strong>{row.chosen && <Badge tone="accent" icon="check">usual</Badge>}{row.builtIn && <Badge>built in</Badge>}</span> },
  { id: 'dim', head: 'Numbers per tile', number: true, cell: row => count(row.dim) },
  { id: 'tile', head: 'Tile', cell: row => `${row.tileSize} × ${row.tileSize} px` },
  { id: 'mpp', head: 'Resolution', cell: row => <>{resolution(row.mpp)} <span className="quiet">({magnification(row.mpp)})</span></> },
  { id: 'licence', head: 'Licence', cell: row => row.licence ?? <span className="quiet">{row.builtIn ? 'as this program' : 'not said'}</span> },
  { id: 'source', head: 'Source', cell: row => row.source ?? <span className="quiet">–</span> },
  { id: 'sha', head: 'SHA-256', cell: row => (row.sha256 ? <code title={row.sha256}>{row.sha256.slice(0, 12)}…</code> : <span className="quiet">–</span>) },
];

export default function Encoders() {
  const list = useData<Encoder[]>('/api/v1/encoders');
  return (
    <div className="page">
      <PageHead title="Encoders">What turns a tile into numbers. A slide is encoded with the usual one unless whoever uploads it, or a run, chooses another.</PageHead>
      <div className="stack">
        {list.error && !list.data ? <ErrorBox error={list.error} retry={list.refresh} /> : (
          <Card flush><Table label="Encoders" columns={columns} rows={list.data} rowKey={row => row.id} /></Card>
        )}
        <Note title="More encoders">Any ONNX model with a card can be added by whoever runs the service: <code>mhim encoder --help</code> says how. It then stands here by itself.</Note>
      </div>
    </div>
  );
}
