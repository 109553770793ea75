import { useSyncExternalStore } from 'react';
import { IconButton } from './Button';
import { Icon } from './Icon';
import { dismiss, toasts } from './toasts';

export function Toasts() {
  const messages = useSyncExternalStore(toasts.subscribe, toasts.all);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {messages.map(message => (
        <div key={message.id} className={`toast ${message.tone}`}>
          <Icon name={message.tone === 'good' ? 'check' : 'bad'} />
          <span className="grow">{message.text}</span>
          <IconButton icon="close" label="Dismiss" kind="plain" small onClick={() => dismiss(message.id)} />
        </div>
      ))}
    </div>
  );
}
