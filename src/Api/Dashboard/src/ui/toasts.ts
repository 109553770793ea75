export interface ToastMessage {
  id: number;
  text: string;
  tone: 'good' | 'bad';
}

let messages: ToastMessage[] = [];
let last = 0;
const listeners = new Set<() => void>();
const set = (next: ToastMessage[]) => {
  messages = next;
  listeners.forEach(listener => listener());
};

/** A word in the corner; what went wrong stays longer. */
export function toast(text: string, tone: 'good' | 'bad' = 'good') {
  const id = ++last;
  set([...messages.filter(message => message.text !== text).slice(-3), { id, text, tone }]);
  setTimeout(() => dismiss(id), tone === 'good' ? 4000 : 9000);
}

export const dismiss = (id: number) => set(messages.filter(message => message.id !== id));
export const toasts = {
  subscribe(listener: () => void) {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  all: () => messages,
};
