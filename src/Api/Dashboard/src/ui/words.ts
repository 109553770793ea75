// Numbers and times as people read them.
const whole = new Intl.NumberFormat('en');

export const count = (n: number) => whole.format(Math.round(n));
export const number = (n: number, digits = 3) => n.toFixed(digits).replace('-', '−');

/** What is not quite all or nothing is not called so: >99.9%, <0.1%. */
export function percent(share: number, digits = 0) {
  const text = (100 * share).toFixed(digits);
  if (share < 1 && Number(text) === 100) return `>${(100 - 10 ** -digits).toFixed(digits)}%`;
  if (share > 0 && Number(text) === 0) return `<${(10 ** -digits).toFixed(digits)}%`;
  return `${text}%`;
}

export function bytes(n: number) {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let at = 0;
  for (; n >= 1000 && at < units.length - 1; at++) n /= 1000;
  return `${at === 0 ? n : n < 10 ? n.toFixed(1) : Math.round(n)} ${units[at]}`;
}

/** A time span in the two largest units. */
export function span(seconds: number) {
  if (seconds < 1) return 'under 1 s';
  const [d, h, m, s] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, Math.floor(seconds % 60)];
  if (d) return `${d} d ${h} h`;
  if (h) return `${h} h ${m} min`;
  if (m) return `${m} min ${s} s`;
  return `${s} s`;
}

/** How long ago, or the day. */
export function ago(iso: string, now = Date.now()) {
  const seconds = (now - Date.parse(iso)) / 1000;
  if (seconds < 45) return 'just now';
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 86400) return `${Math.round(seconds / 3600)} h ago`;
  if (seconds < 7 * 86400) return `${Math.round(seconds / 86400)} d ago`;
  return iso.slice(0, 10);
}

export const moment = (iso: string) => new Date(iso).toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'medium' });

/** µm per pixel, and the magnification that goes by this name. */
export const resolution = (mpp: number) => `${mpp.toFixed(3).replace(/0$/, '')} µm/px`;
export const magnification = (mpp: number) => `${Number((10 / mpp).toPrecision(mpp > 0.2 && mpp < 0.3 ? 2 : 2))}×`;

/** A length in µm with the unit that suits it. */
export function length(um: number) {
  if (um >= 10_000) return `${(um / 10_000).toFixed(um < 100_000 ? 1 : 0)} cm`;
  if (um >= 1000) return `${Number((um / 1000).toPrecision(3))} mm`;
  if (um >= 1) return `${Number(um.toPrecision(3))} µm`;
  return `${Math.round(um * 1000)} nm`;
}

/** The first of a word as a capital. */
export const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
