// Stored values to grey, and labels to colour, one slice at its own resolution: nothing is interpolated.

/** Colours of the lesions A, B, ...: distinct in hue and in lightness (Okabe and Ito, on dark). */
export const COLOURS = [
  [86, 180, 233], [230, 159, 0], [0, 200, 140], [240, 228, 66], [255, 110, 60], [225, 140, 190], [170, 170, 255], [200, 200, 200],
];

/** Colour of the n-th lesion (from 1) as CSS. */
export function colourOf(label) {
  return `rgb(${COLOURS[(label - 1) % COLOURS.length].join(" ")})`;
}

/** Grey as packed RGBA for each of the 65,536 stored values, by their low 16 bits (DICOM PS3.3 C.11.2.1.2.1). */
export function greys(level, width, signed = true, table = new Uint32Array(65536)) {
  const low = level - 0.5 - (width - 1) / 2, span = Math.max(width - 1, 1);
  for (let bits = 0; bits < 65536; bits++) {
    const value = signed && bits > 32767 ? bits - 65536 : bits;
    const grey = Math.round(255 * Math.min(1, Math.max(0, (value - low) / span)));
    table[bits] = 0xff000000 | (grey << 16) | (grey << 8) | grey;
  }
  return table;
}

/** Offsets that walk one slice of a plane: where it starts, and the step per pixel to the right and down. */
export function walk(plane, slice, shape) {
  const strides = [1, shape[2], shape[1] * shape[2]];
  const su = plane.uFlip ? -strides[plane.u] : strides[plane.u];
  const sv = plane.vFlip ? -strides[plane.v] : strides[plane.v];
  const start = slice * strides[plane.w]
    + (plane.uFlip ? (plane.nu - 1) * strides[plane.u] : 0) + (plane.vFlip ? (plane.nv - 1) * strides[plane.v] : 0);
  return { start, su, sv };
}

/** Fill packed RGBA pixels with one slice of grey values. */
export function paintGrey(values, plane, slice, shape, table, out) {
  const { start, su, sv } = walk(plane, slice, shape);
  for (let v = 0, at = 0; v < plane.nv; v++) {
    for (let u = 0, from = start + v * sv; u < plane.nu; u++, from += su) out[at++] = table[values[from] & 0xffff];
  }
}

/** Fill packed RGBA pixels with one frame of a colour picture (red, green, blue bytes). */
export function paintColour(values, plane, slice, out) {
  for (let at = 0, from = slice * plane.nu * plane.nv * 3; at < plane.nu * plane.nv; at++, from += 3) {
    out[at] = 0xff000000 | (values[from + 2] << 16) | (values[from + 1] << 8) | values[from];
  }
}

/**
 * Fill packed RGBA pixels with labels at this opacity (0 to 1).
 * Returns per label the right end [u, v] of its highest row, where its letter stands, and its outline along the edges of the
 * pixels as [u0, v0, u1, v1, ...], so that no pixel is hidden by it.
 */
export function paintLabels(labels, plane, slice, shape, opacity, out) {
  const { start, su, sv } = walk(plane, slice, shape);
  const fill = COLOURS.map((colour) => packed(colour, Math.round(255 * opacity)));
  const found = new Map();
  out.fill(0);
  for (let v = 0, at = 0; v < plane.nv; v++) {
    for (let u = 0, from = start + v * sv; u < plane.nu; u++, from += su, at++) {
      const label = labels[from];
      if (!label) continue;
      out[at] = fill[(label - 1) % COLOURS.length];
      const drawn = found.get(label) ?? found.set(label, { corner: [u + 1, v], edges: [] }).get(label);
      if (v === drawn.corner[1]) drawn.corner[0] = u + 1;
      if (v === 0 || labels[from - sv] !== label) drawn.edges.push(u, v, u + 1, v);
      if (v === plane.nv - 1 || labels[from + sv] !== label) drawn.edges.push(u, v + 1, u + 1, v + 1);
      if (u === 0 || labels[from - su] !== label) drawn.edges.push(u, v, u, v + 1);
      if (u === plane.nu - 1 || labels[from + su] !== label) drawn.edges.push(u + 1, v, u + 1, v + 1);
    }
  }
  return found;
}

function packed([red, green, blue], alpha) {
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
