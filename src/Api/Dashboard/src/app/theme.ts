// Light, dark, or as the system has it; kept in this browser.
export type Theme = 'system' | 'light' | 'dark';

const key = 'mhim-theme';
const dark = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();
const tell = () => listeners.forEach(listener => listener());
dark.addEventListener('change', tell);

const chosen = (): Theme => (document.documentElement.dataset.theme as Theme | undefined) ?? 'system';

export const theme = {
  chosen,
  shown: () => (chosen() === 'system' ? (dark.matches ? 'dark' : 'light') : chosen()),
  choose(next: Theme) {
    if (next === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
      if (next === 'system') localStorage.removeItem(key);
      else localStorage.setItem(key, next);
    } catch {
      // Without storage it holds until the page is closed.
    }
    tell();
  },
  subscribe(listener: () => void) {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
};
