import { useRef, type PointerEvent } from 'react';
import { url } from '../../api/client';
import type { SlideInfo, Stage, View } from './Stage';

const side = 168;

/** The whole slide, small, with a frame around what is on the screen; a click or drag goes there. */
export function Overview({ slideId, info, view, stage }: { slideId: string; info: SlideInfo; view: View; stage: Stage }) {
  const box = useRef<HTMLDivElement>(null);
  const { scanned } = info;
  // The deepest level of the pyramid that is one tile.
  const level = Math.min(7, Math.ceil(Math.log2(Math.max(scanned.width, scanned.height))));
  const scale = side / Math.max(scanned.width, scanned.height);
  const { offsetWidth: width, offsetHeight: height } = stage.box;
  const go = (event: PointerEvent) => {
    if (event.type === 'pointermove' && !event.buttons) return;
    const edge = box.current!.getBoundingClientRect();
    stage.show({ ...view, x: scanned.x + (event.clientX - edge.left) / scale, y: scanned.y + (event.clientY - edge.top) / scale }, event.type === 'pointermove');
  };
  const frame = { width: (width / view.zoom) * scale, height: (height / view.zoom) * scale, x: (view.x - scanned.x) * scale, y: (view.y - scanned.y) * scale };
  return (
    <div className="overview" aria-hidden="true">
      <div
        ref={box}
        style={{ width: scanned.width * scale, height: scanned.height * scale }}
        onPointerDown={event => {
          event.currentTarget.setPointerCapture(event.pointerId);
          go(event);
        }}
        onPointerMove={go}
      >
        <img src={url('/api/v1/slides/{id}/slide_files/{level}/0_0.jpeg', { id: slideId, level })} alt="" draggable={false} />
        <i style={{ width: frame.width, height: frame.height, transform: `translate(${frame.x - frame.width / 2}px, ${frame.y - frame.height / 2}px) rotate(${-view.rotation}deg)` }} />
      </div>
    </div>
  );
}
