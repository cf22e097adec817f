// Lengths and areas in the units that the picture is calibrated in; where it is not, pixels and a sentence.
// The server computes them again from the same points (web/calipers.py) before anything is entered.

import { toPatient } from "./planes.js";
import { areaOf } from "./polygon.js";
import { figure, t } from "./words.js";

const PIXELS = t`These are pixels, which cannot be saved.`;
const OUTSIDE = t`An end lies outside every calibrated region of the picture. ${PIXELS}`;
const APART = t`The ends lie in different regions of the picture. ${PIXELS}`;
const TWO_SCALES = t`Regions of different scales overlap at an end. ${PIXELS}`;
const NO_TISSUE = t`This region has no scale in centimetres. ${PIXELS}`;

const scaleKey = (region) => `${region.mm?.map((mm) => mm.toPrecision(9))}`;

/** The ultrasound region in which one scale certainly holds for both ends, or why there is none (PS3.3 C.8.5.5). */
export function regionFor(picture, ends) {
  const [, rows, columns] = picture.shape;
  const holds = (r, [x, y]) => x >= Math.max(r.x0, 0) - 0.5 && x <= Math.min(r.x1, columns - 1) + 0.5
    && y >= Math.max(r.y0, 0) - 0.5 && y <= Math.min(r.y1, rows - 1) + 0.5;
  const held = ends.map((end) => picture.regions.filter((region) => holds(region, end)));
  if (held.some((regions) => !regions.length)) return { sentence: OUTSIDE };
  const both = held[0].filter((region) => held.every((regions) => regions.includes(region)));
  if (!both.length) return { sentence: APART };
  // Regions of high priority hide those of low priority; between equals the scale must be the same.
  const top = held.flatMap((regions) => (regions.some(({ low }) => !low) ? regions.filter(({ low }) => !low) : regions));
  const scales = new Set(top.map(scaleKey));
  if (scales.size > 1) return { sentence: TWO_SCALES };
  const chosen = both.find((region) => scales.has(scaleKey(region)));
  if (!chosen) return { sentence: APART };
  return chosen.mm ? { mm: chosen.mm, sentence: "" } : { sentence: NO_TISSUE };
}

/** Millimetres per pixel [x, y] for these points of a flat picture, or a sentence when there are none. */
export function scaleFor(picture, points, calibration) {
  if (picture.regions) return regionFor(picture, points);
  if (calibration) {
    const [a, b] = calibration.ends, [wide, high] = picture.aspect;
    const each = calibration.mm / Math.hypot((b[0] - a[0]) * wide, (b[1] - a[1]) * high);
    return { mm: [each * wide, each * high], sentence: "" };
  }
  return picture.pixel_mm ? { mm: picture.pixel_mm, sentence: "" } : { sentence: picture.sentence };
}

/** Length between two voxels as { value, unit, sentence }. */
export function lengthOf(picture, [a, b], calibration) {
  if (picture.affine) {
    const from = toPatient(picture.affine, a), to = toPatient(picture.affine, b);
    return { value: Math.hypot(...[0, 1, 2].map((n) => to[n] - from[n])), unit: "mm", sentence: "" };
  }
  const { mm, sentence } = scaleFor(picture, [a, b], calibration);
  const [x, y] = mm ?? [1, 1];
  return { value: Math.hypot((b[0] - a[0]) * x, (b[1] - a[1]) * y), unit: mm ? "mm" : "px", sentence };
}

/** Area inside a closed line of voxels of one plane as { value, unit, sentence }. */
export function areaInside(picture, points, plane, calibration) {
  const flat = points.map((point) => [point[plane.u], point[plane.v]]);
  if (picture.affine) return { value: areaOf(flat) * plane.mmU * plane.mmV, unit: "mm²", sentence: "" };
  const { mm, sentence } = scaleFor(picture, points, calibration);
  const [x, y] = mm ?? [1, 1];
  return { value: areaOf(flat) * x * y, unit: mm ? "mm²" : "px²", sentence };
}

/** A measure as it is written beside its line. */
export function written({ value, unit }) {
  return `${figure(value.toFixed(value < 100 ? 1 : 0))} ${unit}`;
}
