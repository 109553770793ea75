import { IconButton } from './Button';
import { toast } from './toasts';

/** Puts text on the clipboard, also where the page has no secure origin. */
export async function copy(text: string, words = 'Copied.') {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const box = document.createElement('textarea');
    box.value = text;
    document.body.append(box);
    box.select();
    document.execCommand('copy');
    box.remove();
  }
  toast(words);
}

export const Copy = ({ text, label }: { text: string; label: string }) => <IconButton icon="file" small kind="plain" label={label} onClick={() => void copy(text)} />;
