import { Dialog } from '../ui/Dialog';
import { Keys } from '../ui/Layout';
import { useScopes } from './keys';

const names: Record<string, string> = { ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', ' ': 'Space' };

/** Every key that does something here. */
export function KeysDialog({ onClose }: { onClose: () => void }) {
  const scopes = useScopes();
  return (
    <Dialog title="Keys" onClose={onClose}>
      {[...scopes].reverse().map(scope => (
        <section key={scope.title} className="stack tight">
          <h3>{scope.title}</h3>
          <dl className="facts">
            {Object.entries(scope.keys.current).map(([key, [words]]) => [
              <dt key={`${key} key`}>
                <Keys keys={names[key] ?? key} />
              </dt>,
              <dd key={key}>{words}</dd>,
            ])}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
