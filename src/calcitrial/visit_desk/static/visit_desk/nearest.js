// The named body site nearest to a point of a view, measured as the eye sees it: the same rule as on the server.
export function nearest(spots, view, x, y, width, height) {
  let best = null;
  let least = Infinity;
  for (const [site, side, shown, spotX, spotY] of spots) {
    if (shown !== view) continue;
    const far = Math.hypot((spotX - x) * width, (spotY - y) * height);
    if (far < least) {
      least = far;
      best = { site, side, view, x: spotX, y: spotY };
    }
  }
  return best;
}

// Where a named site lies: on the view that is shown already if it can be seen there, else on its first view.
export function spotOf(spots, site, side, view) {
  const own = spots.filter(([name, one]) => name === site && one === side);
  const found = own.find((spot) => spot[2] === view) || own[0];
  return found ? { site, side, view: found[2], x: found[3], y: found[4] } : null;
}
