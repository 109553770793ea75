import { useEffect, useRef, useSyncExternalStore } from 'react';

/** What keys do, with words for the list that `?` shows. A key is as the browser calls it, or two after one another: `g s`. */
export type Keymap = Record<string, readonly [words: string, act: (event: KeyboardEvent) => void]>;

interface Scope {
  title: string;
  keys: { current: Keymap };
}

let scopes: readonly Scope[] = [];
const listeners = new Set<() => void>();
const set = (next: readonly Scope[]) => {
  scopes = next;
  listeners.forEach(listener => listener());
};
let before = '';
let timer: ReturnType<typeof setTimeout>;

// Single letters are for those who are not writing.
const writes = (target: EventTarget | null) => target instanceof HTMLElement && (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) || (target instanceof HTMLInputElement && !/^(checkbox|radio|range|button)$/.test(target.type)));

document.addEventListener('keydown', event => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || writes(event.target) || document.querySelector('dialog[open]')) return;
  // Arrows belong to sliders, tabs and lists that have the focus, space and enter to buttons and links too: after a click on a button arrows still move the slide.
  const owners = /^(Arrow|Home|End|Page)/.test(event.key) ? 'input, [role=tablist], [role=region]' : /^( |Enter)/.test(event.key) ? 'input, [role=tablist], [role=region], button, a' : null;
  if (owners && event.target instanceof HTMLElement && event.target.closest(owners)) return;
  // Two keys after one another come before a page's own single letters: `g s` leads to the slides everywhere.
  const latest = [...scopes].reverse().map(scope => scope.keys.current);
  const entry = latest.find(keys => before && keys[`${before} ${event.key}`])?.[`${before} ${event.key}`] ?? latest.find(keys => keys[event.key])?.[event.key];
  if (entry) {
    event.preventDefault();
    before = '';
    entry[1](event);
    return;
  }
  clearTimeout(timer);
  before = event.key.length === 1 ? event.key : '';
  timer = setTimeout(() => (before = ''), 1200);
});

/** Keys while a component is there; the latest component has the first say. */
export function useKeys(title: string, keys: Keymap, active = true) {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    if (!active) return;
    const scope = { title, keys: latest };
    set([...scopes, scope]);
    return () => set(scopes.filter(other => other !== scope));
  }, [title, active]);
}

export const useScopes = () =>
  useSyncExternalStore(
    listener => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => scopes,
  );
