/** Magnification as pathologists count it: 10 µm per pixel over the µm that a screen pixel shows. */
export const magnificationAt = (zoom: number, mpp: number) => (10 * zoom) / mpp;
export const zoomAt = (magnification: number, mpp: number) => (magnification * mpp) / 10;

/** A round length for a bar of at most so many screen pixels: 1, 2 or 5 times a power of ten. */
export function barOf(umPerPixel: number, most: number): { um: number; pixels: number } {
  const longest = umPerPixel * most;
  const power = 10 ** Math.floor(Math.log10(longest));
  const um = [5, 2, 1].map(n => n * power).find(n => n <= longest) ?? power;
  return { um, pixels: um / umPerPixel };
}

/** The magnifications that a slide of this resolution serves for. */
export const steps = (mpp: number) => [1.25, 2.5, 5, 10, 20, 40, 80].filter(m => m <= 1.3 * (10 / mpp));
