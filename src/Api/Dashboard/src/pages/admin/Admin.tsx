import { useLocation } from 'wouter';
import { useSession } from '../../app/session';
import { PageHead } from '../../ui/Layout';
import { Empty } from '../../ui/States';
import { Tabs } from '../../ui/Tabs';
import { AuditTrail } from './AuditTrail';
import { KeyList } from './KeyList';
import { SystemView } from './SystemView';
import './admin.css';

const tabs = [{ id: 'keys', label: 'Keys and roles' }, { id: 'audit', label: 'Audit trail' }, { id: 'system', label: 'Disk and workers' }] as const;
type Tab = (typeof tabs)[number]['id'];

export default function Admin() {
  const { can } = useSession();
  const [location, navigate] = useLocation();
  const word = location.split('/')[2];
  const tab = tabs.find(one => one.id === word)?.id ?? 'keys';
  return (
    <div className="page">
      <PageHead title="Admin">{can('admin') ? 'Who may do what, who did what, and how the machines are doing.' : undefined}</PageHead>
      {!can('admin') ? (
        <Empty icon="admin" title="For administrators">Keys, roles, the audit trail and workers are for the role admin. You can ask an administrator for another key.</Empty>
      ) : (
        <Tabs<Tab> label="Admin" tabs={tabs} value={tab} onChange={one => navigate(`/admin/${one}`)}>
          {tab === 'keys' ? <KeyList /> : tab === 'audit' ? <AuditTrail /> : <SystemView />}
        </Tabs>
      )}
    </div>
  );
}
