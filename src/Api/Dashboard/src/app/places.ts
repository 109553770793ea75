import type { Role } from '../api/types';
import type { IconName } from '../ui/Icon';

/** The pages of the rail, in order, and the key after `g` that leads there. */
export const places: readonly { to: string; name: string; icon: IconName; key: string; role?: Role }[] = [
  { to: '/worklist', name: 'Worklist', icon: 'worklist', key: 'w' },
  { to: '/slides', name: 'Slides', icon: 'slides', key: 's' },
  { to: '/cohorts', name: 'Cohorts', icon: 'cohorts', key: 'c' },
  { to: '/runs', name: 'Runs', icon: 'runs', key: 'r' },
  { to: '/models', name: 'Models', icon: 'models', key: 'm' },
  { to: '/encoders', name: 'Encoders', icon: 'encoders', key: 'e' },
  { to: '/jobs', name: 'Jobs', icon: 'jobs', key: 'j' },
  { to: '/admin', name: 'Admin', icon: 'admin', key: 'a', role: 'admin' },
];
