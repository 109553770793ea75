import { useState, useSyncExternalStore } from 'react';
import { Link, useLocation } from 'wouter';
import { Icon } from '../ui/Icon';
import { IconButton } from '../ui/Button';
import { Logo } from './Logo';
import { places } from './places';
import { useSession } from './session';
import { theme, type Theme } from './theme';

const next: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const icons = { system: 'system', light: 'sun', dark: 'moon' } as const;
const themeWords = { system: 'Theme: as the system', light: 'Theme: light', dark: 'Theme: dark' } as const;

/** The way to every page. Narrow: pictures only. */
export function Rail({ narrow, onKeys }: { narrow: boolean; onKeys: () => void }) {
  const [location] = useLocation();
  const { me, open, can, signOut } = useSession();
  const chosen = useSyncExternalStore(theme.subscribe, theme.chosen);
  const [leaving, setLeaving] = useState(false);
  return (
    <nav className={`rail ${narrow ? 'narrow' : ''}`} aria-label="Pages">
      <Link href="/slides" className="home" aria-label="MHIM, to the slides">
        <Logo />
      </Link>
      <ul>
        {places
          .filter(place => !place.role || can(place.role))
          .map(place => {
            const here = location === place.to || location.startsWith(`${place.to}/`) || (place.to === '/slides' && (location === '/' || location.startsWith('/view')));
            return (
              <li key={place.to}>
                <Link href={place.to} aria-current={here ? 'page' : undefined} title={narrow ? place.name : undefined}>
                  <Icon name={place.icon} />
                  <span className="words">{place.name}</span>
                </Link>
              </li>
            );
          })}
      </ul>
      <div className="foot">
        <div className="who" title={`${me.name ?? me.id} (${me.role})`}>
          <Icon name="user" />
          <span className="words cut">
            {open ? 'This machine' : (me.name ?? me.id)}
            <small>{open ? 'open to everybody on it' : me.role}</small>
          </span>
        </div>
        <div className="tools">
          <IconButton kind="plain" small icon={icons[chosen]} label={themeWords[chosen]} onClick={() => theme.choose(next[chosen])} />
          <IconButton kind="plain" small icon="help" label="Keys (?)" onClick={onKeys} />
          {!open && (
            <IconButton
              kind="plain"
              small
              icon="out"
              label="Sign out"
              busy={leaving}
              onClick={() => {
                setLeaving(true);
                void signOut().finally(() => setLeaving(false));
              }}
            />
          )}
        </div>
      </div>
    </nav>
  );
}
