import OpenSeadragon from 'openseadragon';
import { url } from '../../api/client';
import { invert, Overlay, type Matrix } from './overlay';

/** Where somebody looks: centre in pixels of level 0, screen pixels per pixel of level 0, degrees. */
export interface View {
  x: number;
  y: number;
  zoom: number;
  rotation: number;
}

export interface SlideInfo {
  width: number;
  height: number;
  scanned: { x: number; y: number; width: number; height: number };
  mpp: number | null;
  objectivePower: number | null;
}

/** A slide on the screen: OpenSeadragon for the pixels, a canvas above it for what is known of the tiles. Everything is in pixels of level 0. */
export class Stage {
  readonly overlay = new Overlay();
  readonly canvas = document.createElement('canvas');
  private readonly source: string;
  private readonly viewer: OpenSeadragon.Viewer;
  private readonly context: CanvasRenderingContext2D;
  private opened = false;
  private wanted: View | undefined;
  private readonly missing = new Set<OpenSeadragon.Tile>();
  // Nobody has moved yet: the whole slide stays in sight however the page around it grows.
  private atHome = true;
  onView: (view: View) => void = () => {};
  /** Whether every tile that is on the screen is there in full sharpness. */
  onLoaded: (loaded: boolean) => void = () => {};
  onFail: (message: string | undefined) => void = () => {};
  /** A piece of the slide did not come. */
  onMiss: () => void = () => {};
  onClick: (x: number, y: number) => void = () => {};

  constructor(box: HTMLElement, slideId: string, readonly info: SlideInfo, label: string) {
    this.source = url('/api/v1/slides/{id}/slide.dzi', { id: slideId });
    this.viewer = new OpenSeadragon.Viewer({
      element: box,
      tileSources: this.source,
      drawer: 'canvas',
      showNavigationControl: false,
      showNavigator: false,
      animationTime: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 0.45,
      springStiffness: 9,
      blendTime: 0,
      immediateRender: true,
      imageLoaderLimit: 6,
      tileRetryMax: 2,
      tileRetryDelay: 1500,
      maxImageCacheCount: 600,
      preserveImageSizeOnResize: true,
      minZoomImageRatio: 0.6,
      maxZoomPixelRatio: 4,
      visibilityRatio: 0.25,
      zoomPerScroll: 1.25,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true, flickEnabled: true },
      gestureSettingsTouch: { clickToZoom: false, dblClickToZoom: true, flickEnabled: true, pinchToZoom: true },
    });
    const { viewer } = this;
    viewer.canvas.setAttribute('aria-label', label);
    viewer.canvas.setAttribute('role', 'application');
    this.canvas.className = 'stage-overlay';
    this.canvas.setAttribute('aria-hidden', 'true');
    viewer.canvas.append(this.canvas);
    this.context = this.canvas.getContext('2d')!;
    // Keys are the page's: the same for the slide, the panel and the strip.
    viewer.addHandler('canvas-key', event => {
      event.preventDefaultAction = true;
    });
    viewer.addHandler('open', () => {
      this.opened = true;
      viewer.world.getItemAt(0).addHandler('fully-loaded-change', event => this.onLoaded(event.fullyLoaded));
      if (this.wanted) this.show(this.wanted, true);
      this.onFail(undefined);
      this.tell();
    });
    viewer.addHandler('open-failed', event => this.onFail((event as { message?: string }).message ?? 'The slide cannot be opened.'));
    viewer.addHandler('tile-load-failed', ({ tile }) => {
      this.missing.add(tile);
      this.onMiss();
    });
    viewer.addHandler('update-viewport', () => this.paint());
    // Afterwards: OpenSeadragon itself moves the view once it has told of the new size.
    viewer.addHandler('after-resize', () =>
      queueMicrotask(() => {
        if (!this.opened || !this.atHome) return;
        viewer.viewport?.goHome(true);
        this.tell();
      }));
    for (const name of ['canvas-drag', 'canvas-scroll', 'canvas-double-click', 'canvas-pinch'] as const) viewer.addHandler(name, () => (this.atHome = false));
    for (const name of ['animation', 'animation-finish', 'after-resize', 'rotate'] as const) viewer.addHandler(name, () => this.tell());
    viewer.addHandler('canvas-click', event => {
      if (event.quick) this.onClick(...this.at(event.position.x, event.position.y));
    });
  }

  /** Asks anew for what did not come; left alone, OpenSeadragon takes it for something that there is not. */
  again() {
    if (!this.opened) {
      this.viewer.open(this.source);
      return;
    }
    if (!this.missing.size) return;
    for (const tile of this.missing) tile.exists = true;
    this.missing.clear();
    const item = this.viewer.world.getItemAt(0);
    item.setClip(item.getClip()); // which has it look through its tiles again
  }

  destroy() {
    this.viewer.destroy();
  }

  private tell() {
    if (this.opened) this.onView(this.view());
  }

  /** Takes pixels of level 0 to pixels of the screen. */
  matrix(): Matrix {
    const item = this.viewer.world.getItemAt(0);
    const { scanned } = this.info;
    const on = (x: number, y: number) => this.viewer.viewport.pixelFromPoint(item.imageToViewportCoordinates(x, y, true), true);
    const span = 10_000;
    const [o, px, py] = [on(0, 0), on(span, 0), on(0, span)];
    const [a, b, c, d] = [(px.x - o.x) / span, (px.y - o.y) / span, (py.x - o.x) / span, (py.y - o.y) / span];
    return [a, b, c, d, o.x - a * scanned.x - c * scanned.y, o.y - b * scanned.x - d * scanned.y];
  }

  at(x: number, y: number): [number, number] {
    return invert(this.matrix(), x, y);
  }

  get ready() {
    return this.opened;
  }

  private paint() {
    if (!this.opened) return;
    const { canvas, context } = this;
    const ratio = Math.min(2, devicePixelRatio);
    const { x: width, y: height } = this.viewer.viewport.getContainerSize();
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    } else context.clearRect(0, 0, canvas.width, canvas.height);
    this.overlay.draw(context, this.matrix().map(v => v * ratio) as Matrix, canvas.width, canvas.height);
  }

  /** Draws anew although nothing has moved. */
  repaint() {
    if (this.opened) this.paint();
  }

  view(): View {
    const { viewport } = this.viewer;
    const centre = this.viewer.world.getItemAt(0).viewportToImageCoordinates(viewport.getCenter(true), undefined as never);
    return { x: centre.x + this.info.scanned.x, y: centre.y + this.info.scanned.y, zoom: this.imageZoom(viewport.getZoom(true)), rotation: ((viewport.getRotation(true) % 360) + 360) % 360 };
  }

  private imageZoom(zoom: number) {
    return (zoom * this.viewer.viewport.getContainerSize().x) / this.info.scanned.width;
  }

  private viewportZoom(imageZoom: number) {
    return (imageZoom * this.info.scanned.width) / this.viewer.viewport.getContainerSize().x;
  }

  show(view: View, now = false) {
    this.atHome = false;
    if (!this.opened) {
      this.wanted = view;
      return;
    }
    const { viewport } = this.viewer;
    if (Math.abs(viewport.getRotation(false) - view.rotation) % 360 > 1e-6) viewport.setRotation(view.rotation, now);
    viewport.zoomTo(this.viewportZoom(view.zoom), undefined, now);
    viewport.panTo(viewport.imageToViewportCoordinates(view.x - this.info.scanned.x, view.y - this.info.scanned.y), now);
  }

  /** Keeps what is in the middle there. */
  zoomTo(imageZoom: number) {
    this.atHome = false;
    this.viewer.viewport.zoomTo(this.viewportZoom(imageZoom));
    this.viewer.viewport.applyConstraints();
  }

  zoomBy(factor: number) {
    this.atHome = false;
    this.viewer.viewport.zoomBy(factor);
    this.viewer.viewport.applyConstraints();
  }

  /** By shares of what is on the screen. */
  panBy(x: number, y: number) {
    this.atHome = false;
    const { viewport } = this.viewer;
    const bounds = viewport.getBounds();
    viewport.panBy(new OpenSeadragon.Point(x * bounds.width, y * bounds.height).rotate(-viewport.getRotation()));
    viewport.applyConstraints();
  }

  rotateTo(degrees: number) {
    this.viewer.viewport.setRotation(degrees);
  }

  home() {
    this.atHome = true;
    this.viewer.viewport.goHome();
  }

  /** What is on the screen, slide and overlay, as one picture. */
  picture(): HTMLCanvasElement {
    const slide = (this.viewer.drawer as unknown as { canvas: HTMLCanvasElement }).canvas;
    const made = document.createElement('canvas');
    made.width = slide.width;
    made.height = slide.height;
    const context = made.getContext('2d')!;
    context.fillStyle = '#fff';
    context.fillRect(0, 0, made.width, made.height);
    context.drawImage(slide, 0, 0);
    context.drawImage(this.canvas, 0, 0, made.width, made.height);
    return made;
  }

  get box(): HTMLElement {
    return this.viewer.element as HTMLElement;
  }
}
