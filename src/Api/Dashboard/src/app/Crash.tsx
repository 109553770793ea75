import { Component, type ReactNode } from 'react';
import { Button } from '../ui/Button';
import { Empty } from '../ui/States';

/** A page that fails does not take the frame with it. */
export class Crash extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    if (!this.state.error) return this.props.children;
    // After an update of the service the bundles of the page that was loaded before have other names.
    const stale = /dynamically imported module|module script/.test(this.state.error.message);
    return (
      <div className="page">
        <Empty icon="warn" title={stale ? 'The dashboard has been updated' : 'This page failed'} actions={<Button kind="primary" onClick={() => location.reload()}>Load it anew</Button>}>
          {stale ? 'Load the page anew to go on with the new version.' : this.state.error.message}
        </Empty>
      </div>
    );
  }
}
