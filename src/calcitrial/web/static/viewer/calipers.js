// Lengths and areas in the units that the picture is calibrated in; where it is not, pixels and a sentence.
// The server computes them again from the same points (web/calipers.py) before anything is entered.

import { toPatient } from "./planes.js";
import { areaOf } from "./polygon.js";

const UNCALIBRATED = "This picture has no calibration, so lengths are in pixels and cannot be saved. Calibrate it with a known length (K).";
const OUTSIDE = "Both ends must lie in one calibrated region of the ultrasound picture; here it is pixels, which cannot be saved.";

/** The calibrated ultrasound region that holds all points, or null; regions come with priority first. */
export function regionOf(picture, points) {
  const holds = (region) => points.every(([x, y]) => x >= region.x0 && x <= region.x1 && y >= region.y0 && y <= region.y1);
  return picture.regions?.find(holds) ?? null;
}

/** Millimetres per pixel [x, y] for these points of a flat picture and a sentence when there are none. */
export function scaleFor(picture, points, calibration) {
  if (picture.kind === "ultrasound") {
    const region = regionOf(picture, points);
    return region ? { mm: [region.mm_x, region.mm_y], sentence: "" } : { mm: null, sentence: picture.regions?.length ? OUTSIDE : picture.sentence || OUTSIDE };
  }
  if (calibration) {
    const [a, b] = calibration.ends;
    const aspect = picture.aspect ?? [1, 1];
    const each = calibration.mm / Math.hypot((b[0] - a[0]) * aspect[0], (b[1] - a[1]) * aspect[1]);
    return { mm: [each * aspect[0], each * aspect[1]], sentence: "" };
  }
  if (picture.pixel_mm) return { mm: picture.pixel_mm, sentence: "" };
  return { mm: null, sentence: picture.sentence || UNCALIBRATED };
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
  return `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`;
}
