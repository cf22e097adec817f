// A closed line of points in a plane: which pixels it holds, and its area.

/** Call `act(u, v)` for each pixel whose centre lies inside (even-odd rule), clipped to nu by nv pixels. */
export function fillPolygon(points, nu, nv, act) {
  const rows = points.map(([, y]) => y);
  const first = Math.max(0, Math.floor(Math.min(...rows))), last = Math.min(nv - 1, Math.ceil(Math.max(...rows)));
  for (let v = first; v <= last; v++) {
    const crossings = crossingsAt(points, v + 0.5);
    for (let n = 0; n + 1 < crossings.length; n += 2) {
      const from = Math.max(0, Math.ceil(crossings[n] - 0.5)), to = Math.min(nu - 1, Math.ceil(crossings[n + 1] - 0.5) - 1);
      for (let u = from; u <= to; u++) act(u, v);
    }
  }
}

function crossingsAt(points, y) {
  const found = [];
  for (let n = 0; n < points.length; n++) {
    const [x1, y1] = points[n], [x2, y2] = points[(n + 1) % points.length];
    // Half open, so that a corner on the line is counted once.
    if ((y1 <= y) !== (y2 <= y)) found.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1));
  }
  return found.sort((a, b) => a - b);
}

/** Area by the shoelace formula, in units of x times units of y. */
export function areaOf(points) {
  const twice = points.reduce((sum, [x1, y1], n) => {
    const [x2, y2] = points[(n + 1) % points.length];
    return sum + x1 * y2 - x2 * y1;
  }, 0);
  return Math.abs(twice) / 2;
}
