// What stands over the pixels: crosshair, letters, scale bar, numbers, calipers, brush and lines being drawn.

import { areaInside, lengthOf, scaleFor, written } from "./calipers.js";
import { colourOf } from "./painting.js";
import { valueAt } from "./picture.js";
import { toVoxel } from "./planes.js";
import { t, word } from "./words.js";

const INK = "#f4f1ea", QUIET = "rgb(244 241 234 / 72%)", CROSS = "rgb(120 220 255 / 65%)", HALO = "rgb(0 0 0 / 85%)";

/** Draw everything that is not a pixel of the picture. */
export function annotate(ink, view) {
  ink.lineJoin = "round";
  if (view.room.picture.affine || view.room.keyboard) crosshair(ink, view);
  view.room.shapes.forEach((shape) => drawShape(ink, view, shape));
  pending(ink, view);
  if (view.room.overlay.shown) view.drawn.forEach((drawn, label) => outline(ink, view, label, drawn));
  brush(ink, view);
  corners(ink, view);
  scaleBar(ink, view);
}

function text(ink, view, words, x, y, { align = "left", colour = INK, size = 13, weight = 500 } = {}) {
  ink.font = `${weight} ${size * view.dpr}px system-ui, sans-serif`;
  ink.textAlign = align;
  ink.lineWidth = 3 * view.dpr;
  ink.strokeStyle = HALO;
  ink.strokeText(words, x, y);
  ink.fillStyle = colour;
  ink.fillText(words, x, y);
}

function line(ink, view, points, colour, { width = 1.5, closed = false, dashed = false } = {}) {
  ink.beginPath();
  points.forEach(([x, y], n) => (n ? ink.lineTo(x, y) : ink.moveTo(x, y)));
  if (closed) ink.closePath();
  for (const [stroke, wide] of [[HALO, width + 2], [colour, width]]) {
    ink.setLineDash(dashed ? [5 * view.dpr, 4 * view.dpr] : []);
    Object.assign(ink, { strokeStyle: stroke, lineWidth: wide * view.dpr });
    ink.stroke();
  }
  ink.setLineDash([]);
}

function crosshair(ink, view) {
  const [x, y] = view.voxelOnScreen(view.room.cross), gap = 9 * view.dpr;
  const { width, height } = view.canvas;
  Object.assign(ink, { strokeStyle: CROSS, lineWidth: view.dpr });
  ink.beginPath();
  for (const [x0, y0, x1, y1] of [[0, y, x - gap, y], [x + gap, y, width, y], [x, 0, x, y - gap], [x, y + gap, x, height]]) {
    ink.moveTo(x0, y0);
    ink.lineTo(x1, y1);
  }
  ink.stroke();
}

function outline(ink, view, label, { corner, edges }) {
  const colour = colourOf(label);
  ink.beginPath();
  for (let n = 0; n < edges.length; n += 4) {
    ink.moveTo(...view.toScreen([edges[n], edges[n + 1]]));
    ink.lineTo(...view.toScreen([edges[n + 2], edges[n + 3]]));
  }
  Object.assign(ink, { strokeStyle: colour, lineWidth: (label === view.room.active ? 2 : 1.2) * view.dpr, lineCap: "square" });
  ink.stroke();
  const [x, y] = view.toScreen(corner);
  text(ink, view, view.room.letters[label - 1], x + 3 * view.dpr, y - 2 * view.dpr, { colour, size: 16, weight: 700 });
}

function drawShape(ink, view, shape) {
  if (shape.plane !== view.plane.name || shape.slice !== view.slice) return;
  const points = shape.ends.map((voxel) => view.voxelOnScreen(voxel));
  const colour = shape.label ? colourOf(shape.label) : INK;
  line(ink, view, points, colour, { closed: shape.kind === "area" });
  if (shape.kind !== "area") points.forEach(([x, y]) => line(ink, view, [[x - 4 * view.dpr, y], [x + 4 * view.dpr, y]], colour));
  // A length is told beside its right end and an area below its lowest point, so that the two do not meet.
  const axis = shape.kind === "area" ? 1 : 0;
  const [x, y] = points.reduce((far, point) => (point[axis] > far[axis] ? point : far));
  text(ink, view, wordsOf(view, shape), x + 7 * view.dpr, y + (axis ? 16 : -6) * view.dpr, { colour, weight: 650 });
}

function wordsOf(view, shape) {
  const { picture, calibration, letters } = view.room;
  if (shape.kind === "calibration") return t`known length ${shape.mm} mm`;
  const size = shape.kind === "area"
    ? areaInside(picture, shape.ends, view.plane, calibration)
    : lengthOf(picture, shape.ends, calibration);
  return `${letters[shape.label - 1]} ${word(shape.name)} ${written(size)}`;
}

function pending(ink, view) {
  const { tool, points, pendingView } = view.room;
  if (!points.length || pendingView !== view) return;
  const ends = [...points, ...(view.mouse ? [view.mouse.p] : [])].map((p) => view.toScreen(p));
  line(ink, view, ends, INK, { closed: tool === "scissors" || tool === "area", dashed: true });
}

function brush(ink, view) {
  const { tool, brush: { mm } } = view.room;
  if ((tool !== "paint" && tool !== "erase") || !view.mouse) return;
  const [x, y] = view.toScreen(view.mouse.p);
  ink.beginPath();
  ink.ellipse(x, y, (mm / 2) * view.scale, (mm / 2) * view.scale, 0, 0, 7);
  Object.assign(ink, { strokeStyle: tool === "erase" ? "#ff8a70" : colourOf(view.room.active), lineWidth: 1.5 * view.dpr });
  ink.stroke();
}

function corners(ink, view) {
  const { room, plane, canvas: { width, height } } = view, { picture, window } = room;
  const step = 17 * view.dpr, edge = 9 * view.dpr;
  const title = picture.affine ? plane.name : picture.kind;
  text(ink, view, title, edge, step, { weight: 650 });
  if (plane.nw > 1) text(ink, view, `${view.slice + 1} / ${plane.nw}`, edge, 2 * step, { colour: QUIET });
  const shades = picture.dtype === "rgb" ? "" : `L ${Math.round(window.level)}  W ${Math.round(window.width)}`;
  text(ink, view, shades, width - edge, step, { align: "right", colour: QUIET });
  const voxel = view.mouse ? toVoxel(plane, view.mouse.p, view.slice) : room.cross;
  const value = valueAt(picture, voxel);
  if (value !== null) text(ink, view, picture.affine ? `${value} HU` : t`value ${value}`, edge, height - edge);
  if (!plane.letters) return;
  const { left, right, top, bottom } = plane.letters;
  const side = edge + 6 * view.dpr, middle = [width / 2, height / 2];
  const places = [
    [left, side, middle[1]], [right, width - side, middle[1]], [top, middle[0], step], [bottom, middle[0], height - edge],
  ];
  for (const [words, x, y] of places) {
    text(ink, view, words, x, y, { align: "center", size: 15, weight: 700, colour: "#ffd479" });
  }
}

function scaleBar(ink, view) {
  const { picture, calibration } = view.room;
  const mm = picture.affine ? view.plane.mmU : scaleFor(picture, [view.room.cross, view.room.cross], calibration).mm?.[0];
  const perUnit = (view.scale * view.plane.mmU) / (mm ?? 1), wanted = view.canvas.width / 5 / perUnit;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const length = [5, 2, 1].map((n) => n * power).find((n) => n <= wanted) ?? power;
  const x = view.canvas.width - 10 * view.dpr, y = view.canvas.height - 12 * view.dpr;
  line(ink, view, [[x - length * perUnit, y], [x, y]], INK, { width: 2 });
  text(ink, view, `${length} ${mm ? "mm" : "px"}`, x, y - 7 * view.dpr, { align: "right" });
}
