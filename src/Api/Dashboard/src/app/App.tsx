import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useLocation, useSearch } from 'wouter';
import { connection } from '../api/connection';
import { Icon } from '../ui/Icon';
import { Toasts } from '../ui/Toasts';
import { ResearchUse } from '../ui/States';
import { KeysDialog } from './KeysDialog';
import { useKeys, type Keymap } from './keys';
import { places } from './places';
import { Rail } from './Rail';
import { Routes } from './routes';
import { SessionGate, useSession } from './session';
import { trail } from './trail';
import { Crash } from './Crash';
import './shell.css';

/** The frame around every page: rail, page, footer; what is said of the connection; toasts. */
export function App() {
  return (
    <>
      <SessionGate>
        <Shell />
      </SessionGate>
      <Away />
      <Toasts />
    </>
  );
}

function Shell() {
  const [location, navigate] = useLocation();
  const search = useSearch();
  const { can } = useSession();
  const [keys, setKeys] = useState(false);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const full = location.startsWith('/view/');

  useKeys('Everywhere', {
    ...Object.fromEntries(places.filter(place => !place.role || can(place.role)).map(place => [`g ${place.key}`, [place.name, () => navigate(place.to)]])) as Keymap,
    '/': ['Search on this page', () => document.querySelector<HTMLElement>('[data-search]')?.focus()],
    '?': ['These keys', () => setKeys(true)],
  });
  useEffect(() => {
    if (!full) trail.was(`${location}${search ? `?${search}` : ''}`);
  }, [full, location, search]);
  // A new page begins at its top, and those who read by ear hear of it.
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    main.current?.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [location]);

  return (
    <div className={`shell ${full ? 'full' : ''}`}>
      <a className="skip" href="#main" onClick={event => {
        event.preventDefault();
        main.current?.focus();
      }}>
        Skip to the page
      </a>
      <Rail narrow={full} onKeys={() => setKeys(true)} />
      <main id="main" ref={main} tabIndex={-1}>
        <Crash key={location}>
          <Routes />
        </Crash>
      </main>
      <footer className="shell-foot">
        <ResearchUse long />
        <span className="quiet">Masked hard instance mining for whole-slide images</span>
        <a href="/scalar/" className="quiet">REST interface</a>
      </footer>
      {keys && <KeysDialog onClose={() => setKeys(false)} />}
    </div>
  );
}

function Away() {
  const state = useSyncExternalStore(connection.subscribe, connection.state);
  return state === 'away' ? (
    <div className="away" role="alert">
      <Icon name="warn" />
      The service does not answer. Trying again every two seconds; nothing that you see is lost.
    </div>
  ) : null;
}
