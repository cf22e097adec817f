// One canvas that shows one plane: fitted, zoomed and moved, its pixels as they are stored.

import { annotate } from "./annotate.js";
import { paintColour, paintGrey, paintLabels } from "./painting.js";
import { toPlane, toVoxel } from "./planes.js";

/** A plane of the picture on a canvas. `room` is the shared state (room.js). */
export class View {
  constructor(canvas, plane, room) {
    Object.assign(this, { canvas, plane, room, zoom: 1, centre: [plane.nu / 2, plane.nv / 2], mouse: null, painted: "" });
    this.grey = buffer(plane);
    this.marks = buffer(plane);
    this.drawn = new Map();
    new ResizeObserver(() => this.resize()).observe(canvas);
    this.resize();
  }

  /** The slice that is shown: where the crosshair is along the way through this plane. */
  get slice() {
    return this.room.cross[this.plane.w];
  }

  /** Canvas pixels per mm. */
  get scale() {
    const { nu, nv, mmU, mmV } = this.plane;
    return this.zoom * Math.min(this.canvas.width / (nu * mmU), this.canvas.height / (nv * mmV));
  }

  /** Canvas pixels per CSS pixel, in which letters and lines are sized. */
  get dpr() {
    return this.canvas.width / Math.max(1, this.canvas.clientWidth);
  }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
    this.canvas.height = Math.max(1, Math.round(this.canvas.clientHeight * ratio));
    this.room.redraw();
  }

  /** Canvas position of a point of the plane. */
  toScreen([pu, pv]) {
    const { mmU, mmV } = this.plane;
    return [
      this.canvas.width / 2 + (pu - this.centre[0]) * mmU * this.scale,
      this.canvas.height / 2 + (pv - this.centre[1]) * mmV * this.scale,
    ];
  }

  /** Point of the plane under a canvas position. */
  fromScreen([x, y]) {
    const { mmU, mmV } = this.plane;
    return [
      this.centre[0] + (x - this.canvas.width / 2) / (mmU * this.scale),
      this.centre[1] + (y - this.canvas.height / 2) / (mmV * this.scale),
    ];
  }

  /** Canvas position of a voxel. */
  voxelOnScreen(voxel) {
    return this.toScreen(toPlane(this.plane, voxel));
  }

  /** What lies under a pointer event: the point of the plane and the voxel. */
  under(event) {
    const box = this.canvas.getBoundingClientRect();
    const ratio = this.canvas.width / box.width;
    const p = this.fromScreen([(event.clientX - box.left) * ratio, (event.clientY - box.top) * ratio]);
    return { p, voxel: toVoxel(this.plane, p, this.slice) };
  }

  /** What lies at the crosshair, for the keyboard. */
  atCross() {
    const p = toPlane(this.plane, this.room.cross);
    return { p, voxel: toVoxel(this.plane, p, this.slice) };
  }

  zoomBy(factor, about = this.centre) {
    const before = this.scale;
    this.zoom = Math.min(40, Math.max(0.5, this.zoom * factor));
    const share = before / this.scale;
    this.centre = this.centre.map((at, n) => about[n] + (at - about[n]) * share);
    this.room.redraw();
  }

  reset() {
    Object.assign(this, { zoom: 1, centre: [this.plane.nu / 2, this.plane.nv / 2] });
    this.room.redraw();
  }

  draw() {
    this.paint();
    const ink = this.canvas.getContext("2d");
    ink.fillStyle = "#000";
    ink.fillRect(0, 0, this.canvas.width, this.canvas.height);
    ink.imageSmoothingEnabled = false;
    const [x0, y0] = this.toScreen([0, 0]), [x1, y1] = this.toScreen([this.plane.nu, this.plane.nv]);
    ink.drawImage(this.grey.canvas, x0, y0, x1 - x0, y1 - y0);
    if (this.room.overlay.shown) ink.drawImage(this.marks.canvas, x0, y0, x1 - x0, y1 - y0);
    annotate(ink, this);
  }

  /** Paint slice and labels into their own pixels, when they are not what is there already. */
  paint() {
    const { picture, labels, table, window, version, overlay } = this.room;
    const grey = `${this.slice} ${window.level} ${window.width} ${window.inverted}`;
    if (grey !== this.grey.of) {
      if (picture.dtype === "rgb") paintColour(picture.values, this.plane, this.slice, this.grey.pixels);
      else paintGrey(picture.values, this.plane, this.slice, picture.shape, table, this.grey.pixels);
      show(this.grey, grey);
    }
    const marks = `${this.slice} ${version} ${overlay.opacity}`;
    if (labels && marks !== this.marks.of) {
      this.drawn = paintLabels(labels.values, this.plane, this.slice, picture.shape, overlay.opacity, this.marks.pixels);
      show(this.marks, marks);
    }
  }
}

function buffer({ nu, nv }) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: nu, height: nv });
  const image = new ImageData(nu, nv);
  return { canvas, image, pixels: new Uint32Array(image.data.buffer), of: "" };
}

function show(painted, of) {
  painted.canvas.getContext("2d").putImageData(painted.image, 0, 0);
  painted.of = of;
}
