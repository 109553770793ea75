// Whether the service answers. Where it does not, it is asked again every two seconds, and everything that is shown is read anew once it is back.

type State = 'here' | 'away';
const listeners = new Set<() => void>();
let state: State = 'here';
let timer: ReturnType<typeof setTimeout> | undefined;
let generation = 0;
let signedOut = () => {};

const tell = () => listeners.forEach(listener => listener());

async function askAgain() {
  timer = undefined;
  try {
    const response = await fetch('/health/ready', { cache: 'no-store' });
    if (response.ok) {
      state = 'here';
      generation++;
      tell();
      return;
    }
  } catch {
    // Not yet.
  }
  timer = setTimeout(() => void askAgain(), 2000);
}

export const connection = {
  lost() {
    if (state === 'here') {
      state = 'away';
      tell();
    }
    timer ??= setTimeout(() => void askAgain(), 2000);
  },
  answered(status: number) {
    if (status === 401) signedOut();
  },
  onSignedOut(then: () => void) {
    signedOut = then;
  },
  /** Reads everything that is shown anew. */
  renew() {
    generation++;
    tell();
  },
  subscribe(listener: () => void) {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  state: () => state,
  generation: () => generation,
};
