import { Upload, type PreviousUpload } from 'tus-js-client';
import { toast } from '../../ui/toasts';
import { heed, problemOf, responseOf } from './uploadAnswers';
import { fingerprintOf, ignoredFor, metadataOf, type UploadSettings } from './uploadSettings';

/** A file on its way in. */
export interface Sending {
  id: number;
  name: string;
  size: number;
  sent: number;
  /** Bytes per second, over the last seconds. */
  speed: number;
  state: 'waiting' | 'sending' | 'paused' | 'checking' | 'done' | 'failed';
  problem?: string;
  slideId?: string;
  /** Where it went on, in bytes, after a cut. */
  resumedAt?: number;
  /** It was here already, otherwise than was asked for. */
  ignored?: boolean;
}

// Files go on while other pages are looked at: they belong to no page.
const atOnce = 3;
const piece = 16 << 20;
let sendings: readonly Sending[] = [];
let last = 0;
const works = new Map<number, { upload: Upload; marks: [time: number, bytes: number][] }>();
const listeners = new Set<() => void>();
let arrived: () => void = () => {};

const set = (next: readonly Sending[]) => {
  sendings = next;
  listeners.forEach(listener => listener());
};
const change = (id: number, values: Partial<Sending>) => set(sendings.map(one => (one.id === id ? { ...one, ...values } : one)));
const find = (id: number) => sendings.find(one => one.id === id);

addEventListener('beforeunload', event => {
  if (sendings.some(one => one.state === 'sending' || one.state === 'waiting')) event.preventDefault();
});

function begin() {
  const running = sendings.filter(one => one.state === 'sending' || one.state === 'checking').length;
  for (const one of sendings.filter(one => one.state === 'waiting').slice(0, Math.max(0, atOnce - running))) {
    change(one.id, { state: 'sending' });
    const work = works.get(one.id)!;
    void work.upload
      .findPreviousUploads()
      .catch((): PreviousUpload[] => [])
      .then(previous => {
        if (previous[0]) work.upload.resumeFromPreviousUpload(previous[0]);
        if (find(one.id)?.state === 'sending') work.upload.start();
      });
  }
}

function progress(id: number, sent: number, size: number) {
  const work = works.get(id);
  if (!work) return;
  const now = performance.now();
  work.marks.push([now, sent]);
  while (work.marks.length > 2 && now - work.marks[0]![0] > 5000) work.marks.shift();
  const [time, bytes] = work.marks[0]!;
  change(id, { sent, speed: now > time ? (1000 * (sent - bytes)) / (now - time) : 0, state: sent >= size ? 'checking' : 'sending' });
}

export const uploads = {
  add(files: Iterable<File>, settings: UploadSettings = {}) {
    for (const file of files) {
      const id = ++last;
      const metadata = metadataOf(file, settings), endpoint = '/api/v1/uploads';
      const upload = new Upload(file, {
        endpoint,
        metadata,
        fingerprint: () => Promise.resolve(fingerprintOf(file, metadata, endpoint)),
        chunkSize: piece,
        retryDelays: [0, 1000, 3000, 5000, 10_000, 20_000, 30_000],
        removeFingerprintOnSuccess: true,
        onProgress: (sent, size) => progress(id, sent, size ?? file.size),
        onUploadUrlAvailable: () => {
          const at = (upload as unknown as { _offset?: number })._offset ?? 0;
          if (at > 0) change(id, { resumedAt: at });
        },
        onSuccess: ({ lastResponse }) => {
          const slideId = lastResponse.getHeader('Mhim-Slide') ?? undefined;
          change(id, { state: 'done', sent: file.size, slideId });
          if (slideId) ignoredFor(slideId, settings).then(ignored => change(id, { ignored }), () => {});
          works.delete(id);
          arrived();
          begin();
        },
        onAfterResponse: heed,
        onShouldRetry: error => {
          const status = responseOf(error)?.getStatus() ?? 0;
          return status === 0 || status === 409 || status === 423 || status >= 500;
        },
        onError: error => {
          change(id, { state: 'failed', problem: problemOf(error) });
          begin();
        },
      });
      works.set(id, { upload, marks: [] });
      set([...sendings, { id, name: file.name, size: file.size, sent: 0, speed: 0, state: 'waiting' }]);
    }
    begin();
  },
  pause(id: number) {
    void works.get(id)?.upload.abort();
    works.get(id)?.marks.splice(0);
    change(id, { state: 'paused', speed: 0 });
    begin();
  },
  /** Goes on where it was, also after an error. */
  resume(id: number) {
    change(id, { state: 'waiting', problem: undefined });
    begin();
  },
  cancel(id: number) {
    void works
      .get(id)
      ?.upload.abort(true)
      .catch(() => toast('The service will remove what came of it by itself.'));
    works.delete(id);
    set(sendings.filter(one => one.id !== id));
    begin();
  },
  dismiss(id: number) {
    works.delete(id);
    set(sendings.filter(one => one.id !== id));
  },
  dismissDone() {
    set(sendings.filter(one => one.state !== 'done'));
  },
  onArrival(then: () => void) {
    arrived = then;
  },
  subscribe(listener: () => void) {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  all: () => sendings,
};
