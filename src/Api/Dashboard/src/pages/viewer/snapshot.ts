import { capital, count, length } from '../../ui/words';
import { tableOf } from './colours';
import type { LegendWords } from './legend';
import { shareAt } from './overlay';
import { barOf } from './scale';
import type { Stage } from './Stage';

/** One pane of a picture: what it shows, which model's it is, and what its colours mean. */
export interface Shot {
  stage: Stage;
  title: string | undefined;
  legend: LegendWords | undefined;
}

const ink = '#182025', quiet = '#55616a', row = 34;

/** What is on the screen as a PNG: slide, overlay, scale bar, legend, names, and what it must not be used for. */
export function saveSnapshot(shots: Shot[], name: string, mpp: number | null) {
  const pictures = shots.map(shot => shot.stage.picture());
  if (!pictures.length) return;
  const foot = shots.some(shot => shot.legend) ? 2 * row : row;
  const canvas = document.createElement('canvas');
  canvas.width = pictures.reduce((sum, picture) => sum + picture.width, 4 * (pictures.length - 1));
  canvas.height = pictures[0]!.height + foot;
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.textBaseline = 'middle';
  let x = 0;
  pictures.forEach((picture, i) => {
    const { stage, title, legend } = shots[i]!;
    context.drawImage(picture, x, 0);
    const ratio = picture.width / stage.box.offsetWidth, first = picture.height + row / 2;
    const write = (words: string, at: number, y: number, colour = ink, font = '14px') => {
      context.fillStyle = colour;
      context.font = `${font} system-ui, sans-serif`;
      context.fillText(words, at, y, picture.width / 2);
      return at + Math.min(picture.width / 2, context.measureText(words).width) + 10;
    };
    write([name, title].filter(Boolean).join(' · '), x + 12, first);
    if (mpp) {
      const bar = barOf(mpp / (stage.view().zoom * ratio), 140);
      const right = x + picture.width - 14;
      context.fillRect(right - bar.pixels, first + 6, bar.pixels, 4);
      context.textAlign = 'right';
      write(length(bar.um), right, first - 6, ink, '13px');
      context.textAlign = 'left';
    }
    if (legend) drawLegend(context, legend, x + 12, first + row - 4, write);
    x += picture.width + 4;
  });
  context.fillStyle = '#835000';
  context.font = '600 12px system-ui, sans-serif';
  context.textAlign = foot > row ? 'right' : 'center';
  context.fillText('Research use only', foot > row ? canvas.width - 14 : canvas.width / 2, canvas.height - row / 2 - (foot > row ? 4 : 0));
  canvas.toBlob(blob => {
    if (!blob) return;
    const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: `${name}.png` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
}

type Write = (words: string, at: number, y: number, colour?: string, font?: string) => number;

/** The legend in a line: name, then the ramp between its numbers, or each colour with its name and count. */
function drawLegend(context: CanvasRenderingContext2D, { title, ramp, keys }: LegendWords, x: number, y: number, write: Write) {
  let at = write(capital(title), x, y, ink, '600 13px');
  if (ramp) {
    const colours = tableOf(ramp.map), width = 150;
    at = write(ramp.numbers[0]!, at, y, quiet, '12px') - 4;
    for (let i = 0; i < width; i++) {
      const along = i / (width - 1), c = 3 * Math.round(255 * along);
      if (along < ramp.threshold) continue;
      context.fillStyle = `rgb(${colours[c]} ${colours[c + 1]} ${colours[c + 2]} / ${shareAt(along, ramp.fade)})`;
      context.fillRect(at + i, y - 6, 1, 12);
    }
    context.strokeStyle = '#b9c3ca';
    context.strokeRect(at - 0.5, y - 6.5, width + 1, 13);
    write(`${ramp.numbers.at(-1)}${ramp.byRank ? ', by rank' : ''}`, at + width + 6, y, quiet, '12px');
  }
  for (const key of keys ?? []) {
    context.fillStyle = key.colour;
    context.fillRect(at, y - 6, 12, 12);
    at = write(`${key.words}: ${count(key.count)}`, at + 17, y, quiet, '12px') + 4;
  }
}
