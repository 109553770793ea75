import type { ReactNode } from 'react';
import { Icon, type IconName } from './Icon';

export type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'accent' | 'neutral';

export function Badge({ tone = 'neutral', icon, children, title }: { tone?: Tone; icon?: IconName; children: ReactNode; title?: string }) {
  return (
    <span className={`badge ${tone}`} title={title}>
      {icon && <Icon name={icon} className={icon === 'work' ? 'turning' : ''} />}
      {children}
    </span>
  );
}

const states: Record<string, [Tone, IconName, string]> = {
  ready: ['good', 'check', 'Ready'],
  succeeded: ['good', 'check', 'Done'],
  processing: ['busy', 'work', 'At work'],
  running: ['busy', 'work', 'Running'],
  queued: ['neutral', 'clock', 'Queued'],
  waiting: ['neutral', 'clock', 'Waiting'],
  'needs-mpp': ['warn', 'warn', 'Needs resolution'],
  failed: ['bad', 'bad', 'Failed'],
  cancelled: ['neutral', 'pause', 'Cancelled'],
};

/** The state of a slide, job, prediction or run: colour, picture and word. */
export function StateBadge({ state, title }: { state: string; title?: string | null }) {
  const [tone, icon, words] = states[state] ?? ['neutral', 'info', state];
  return (
    <Badge tone={tone} icon={icon} title={title ?? undefined}>
      {words}
    </Badge>
  );
}
