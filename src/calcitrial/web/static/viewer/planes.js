// Which voxel axis runs where on the screen: radiological convention, from the affine of the picture.
// Voxel indices are [x, y, z]; patient coordinates are DICOM's, LPS in mm: +x left, +y posterior, +z head.

const LETTERS = [["R", "L"], ["A", "P"], ["F", "H"]];
const PLANES = {
  axial: { right: [0, 1], down: [1, 1], through: 2 },
  coronal: { right: [0, 1], down: [2, -1], through: 1 },
  sagittal: { right: [1, 1], down: [2, -1], through: 0 },
};
const ORDERS = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/** Unit direction in the patient of each voxel axis, [x, y, z] of [L, P, H]. */
export function directions(affine) {
  return [0, 1, 2].map((axis) => {
    const step = [0, 1, 2].map((row) => affine[row][axis]);
    const length = Math.hypot(...step);
    return step.map((part) => part / length);
  });
}

/** The voxel axis that runs most along each patient axis (each voxel axis once). */
export function axesOf(affine) {
  const towards = directions(affine);
  const fit = (order) => order.reduce((sum, axis, patient) => sum + Math.abs(towards[axis][patient]), 0);
  return ORDERS.reduce((best, order) => (fit(order) > fit(best) + 1e-9 ? order : best));
}

/** Letters of a direction in the patient; a second one where it runs more than 20 degrees askew. */
export function letters(direction) {
  const found = direction.map((part, axis) => [Math.abs(part), LETTERS[axis][part > 0 ? 1 : 0]]);
  return found.sort((a, b) => b[0] - a[0]).filter(([share], n) => n === 0 || share > 0.34)
    .slice(0, 2).map(([, letter]) => letter).join("");
}

/** One plane of a CT: voxel axes u (to the right), v (down) and w (through), flips, sizes, mm and letters. */
export function planeOf(name, shape, affine) {
  const axes = axesOf(affine), towards = directions(affine);
  const { right, down, through } = PLANES[name];
  const [u, v, w] = [axes[right[0]], axes[down[0]], axes[through]];
  const uFlip = towards[u][right[0]] * right[1] < 0, vFlip = towards[v][down[0]] * down[1] < 0;
  const along = (axis, flip) => towards[axis].map((part) => (flip ? -part : part));
  const against = (direction) => direction.map((part) => -part);
  return {
    ...frame(name, shape, [u, v, w], [0, 1, 2].map((axis) => Math.hypot(...[0, 1, 2].map((r) => affine[r][axis])))),
    uFlip, vFlip,
    letters: {
      right: letters(along(u, uFlip)), left: letters(against(along(u, uFlip))),
      bottom: letters(along(v, vFlip)), top: letters(against(along(v, vFlip))),
    },
  };
}

/** The one plane of a film or an ultrasound picture; w runs through its frames. */
export function flatPlane(shape, pixelMm) {
  return { ...frame("picture", shape, [0, 1, 2], [...pixelMm, 1]), uFlip: false, vFlip: false, letters: null };
}

function frame(name, shape, [u, v, w], mm) {
  const sizes = [shape[2], shape[1], shape[0]];
  return { name, u, v, w, nu: sizes[u], nv: sizes[v], nw: sizes[w], mmU: mm[u], mmV: mm[v], mmW: mm[w] };
}

/** Voxel (fractional, centres at whole numbers) under a point of the plane, whose pixel k covers k to k + 1. */
export function toVoxel(plane, [pu, pv], slice) {
  const voxel = [0, 0, 0];
  voxel[plane.u] = plane.uFlip ? plane.nu - 0.5 - pu : pu - 0.5;
  voxel[plane.v] = plane.vFlip ? plane.nv - 0.5 - pv : pv - 0.5;
  voxel[plane.w] = slice;
  return voxel;
}

/** Point of the plane above a voxel; the inverse of `toVoxel`. */
export function toPlane(plane, voxel) {
  const u = voxel[plane.u] + 0.5, v = voxel[plane.v] + 0.5;
  return [plane.uFlip ? plane.nu - u : u, plane.vFlip ? plane.nv - v : v];
}

/** Patient coordinates (LPS mm) of a voxel. */
export function toPatient(affine, voxel) {
  return [0, 1, 2].map((row) => affine[row][3] + [0, 1, 2].reduce((sum, axis) => sum + affine[row][axis] * voxel[axis], 0));
}

/** Voxel (fractional) at a point of the patient, for an affine whose axes stand at right angles. */
export function fromPatient(affine, point) {
  return [0, 1, 2].map((axis) => {
    const step = [0, 1, 2].map((row) => affine[row][axis]);
    const dot = step.reduce((sum, part, row) => sum + part * (point[row] - affine[row][3]), 0);
    return dot / step.reduce((sum, part) => sum + part * part, 0);
  });
}
