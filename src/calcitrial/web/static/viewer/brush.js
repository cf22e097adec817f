// What brush and scissors do to the labels.

import { fillPolygon } from "./polygon.js";
import { walk } from "./painting.js";

/**
 * Give every voxel whose centre lies within `mm / 2` of a voxel this label (0 erases `label.from` only).
 * `stroke`: { label, erase, mm, sphere, least } where `least` is the lowest HU that may be painted, or null.
 */
export function dab(picture, labels, plane, centre, stroke) {
  const mm = picture.voxelMm, reach = stroke.mm / 2;
  const low = [], high = [];
  for (const axis of [0, 1, 2]) {
    const flat = !stroke.sphere && axis === plane.w;
    const far = flat ? 0 : reach / mm[axis];
    low.push(Math.max(0, Math.ceil((flat ? Math.round(centre[axis]) : centre[axis]) - far)));
    high.push(Math.min(picture.sizes[axis] - 1, Math.floor((flat ? Math.round(centre[axis]) : centre[axis]) + far)));
  }
  const [nx, ny] = picture.sizes, paint = painter(picture, labels, stroke);
  for (let z = low[2]; z <= high[2]; z++) {
    for (let y = low[1]; y <= high[1]; y++) {
      for (let x = low[0]; x <= high[0]; x++) {
        const away = [x, y, z].map((at, axis) => (!stroke.sphere && axis === plane.w ? 0 : (at - centre[axis]) * mm[axis]));
        if (away[0] ** 2 + away[1] ** 2 + away[2] ** 2 <= reach ** 2) paint((z * ny + y) * nx + x);
      }
    }
  }
  // A brush smaller than a voxel still marks the voxel it is on.
  const own = centre.map((at, axis) => Math.min(picture.sizes[axis] - 1, Math.max(0, Math.round(at))));
  paint((own[2] * ny + own[1]) * nx + own[0]);
}

function painter(picture, labels, stroke) {
  return (at) => {
    if (stroke.erase) {
      if (labels.values[at] === stroke.label) labels.set(at, 0);
    } else if (!labels.values[at] && (stroke.least === null || picture.values[at] >= stroke.least)) {
      // Voxels of other lesions stay theirs: two lesions never share one.
      labels.set(at, stroke.label);
    }
  };
}

/** Dabs along a line from one voxel to the next, close enough to leave no gap. */
export function drag(picture, labels, plane, from, to, stroke) {
  const mm = picture.voxelMm;
  const length = Math.hypot(...[0, 1, 2].map((axis) => (to[axis] - from[axis]) * mm[axis]));
  const steps = Math.max(1, Math.ceil(length / Math.max(Math.min(...mm), stroke.mm / 4)));
  for (let n = 1; n <= steps; n++) {
    dab(picture, labels, plane, from.map((at, axis) => at + ((to[axis] - at) * n) / steps), stroke);
  }
}

/** Erase one lesion inside (or outside) a closed line, in this slice or through all slices of the plane. */
export function cut(picture, labels, plane, slice, points, { label, outside, through }) {
  const inside = new Uint8Array(plane.nu * plane.nv);
  fillPolygon(points, plane.nu, plane.nv, (u, v) => { inside[v * plane.nu + u] = 1; });
  const first = through ? 0 : slice, last = through ? plane.nw - 1 : slice;
  for (let w = first; w <= last; w++) {
    const { start, su, sv } = walk(plane, w, picture.shape);
    for (let v = 0; v < plane.nv; v++) {
      for (let u = 0; u < plane.nu; u++) {
        const at = start + u * su + v * sv;
        if (labels.values[at] === label && Boolean(inside[v * plane.nu + u]) !== outside) labels.set(at, 0);
      }
    }
  }
}
