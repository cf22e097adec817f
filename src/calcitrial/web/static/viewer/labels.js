// The lesions as drawn: one label per voxel, every stroke undoable, and runs to and from the server.

/** Labels of a picture's voxels (0 none, 1 is lesion A, ...) with the strokes that can be undone and redone. */
export class Labels {
  constructor(size) {
    this.values = new Uint8Array(size);
    this.done = [];
    this.undone = [];
    this.stroke = null;
  }

  /** Begin a stroke: everything changed until `end` is undone together. */
  begin() {
    this.stroke = { at: [], old: [], new: [] };
  }

  /** Give one voxel a label, within the stroke that was begun. */
  set(at, label) {
    const old = this.values[at];
    if (old === label) return;
    this.stroke.at.push(at);
    this.stroke.old.push(old);
    this.stroke.new.push(label);
    this.values[at] = label;
  }

  /** End the stroke; returns the labels it touched, [] when it changed nothing. */
  end() {
    const { at, old, new: made } = this.stroke ?? { at: [] };
    const stroke = this.stroke;
    this.stroke = null;
    if (!at.length) return [];
    const kept = { at: Int32Array.from(at), old: Uint8Array.from(old), new: Uint8Array.from(made) };
    kept.labels = [...new Set([...kept.old, ...kept.new])].filter(Boolean);
    this.done.push(kept);
    this.undone = [];
    return stroke ? kept.labels : [];
  }

  /** Take the last stroke back; returns the labels it touched. */
  undo() {
    const stroke = this.done.pop();
    if (!stroke) return [];
    // Backwards, because a voxel may have changed twice within one stroke.
    for (let n = stroke.at.length - 1; n >= 0; n--) this.values[stroke.at[n]] = stroke.old[n];
    this.undone.push(stroke);
    return stroke.labels;
  }

  /** Make the last undone stroke again; returns the labels it touched. */
  redo() {
    const stroke = this.undone.pop();
    if (!stroke) return [];
    stroke.at.forEach((at, n) => { this.values[at] = stroke.new[n]; });
    this.done.push(stroke);
    return stroke.labels;
  }

  /** Replace one lesion by the voxels of runs, as one stroke; voxels of other lesions stay theirs. */
  replace(label, runs) {
    this.begin();
    for (let at = this.values.indexOf(label); at >= 0; at = this.values.indexOf(label, at + 1)) this.set(at, 0);
    fill(runs, (at) => { if (!this.values[at]) this.set(at, label); });
    return this.end();
  }

  /** Runs of one lesion: [start, length, start, length, ...] over the voxels in z, y, x order. */
  runs(label) {
    const found = [];
    for (let at = this.values.indexOf(label); at >= 0; at = this.values.indexOf(label, at)) {
      const start = at;
      while (at < this.values.length && this.values[at] === label) at++;
      found.push(start, at - start);
    }
    return found;
  }
}

/** Call `act` for each voxel of runs. */
export function fill(runs, act) {
  for (let n = 0; n < runs.length; n += 2) for (let at = runs[n]; at < runs[n] + runs[n + 1]; at++) act(at);
}

/** How many voxels runs hold. */
export function countOf(runs) {
  return runs.reduce((sum, part, n) => (n % 2 ? sum + part : sum), 0);
}
