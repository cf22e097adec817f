// The shared state of one open case: where the crosshair is, how grey is shown, what is outlined and answered.

import { Labels } from "./labels.js";
import { greys } from "./painting.js";
import { fromPatient } from "./planes.js";
import { t, word } from "./words.js";

const NAMES = ["length", "width", "depth"];

/** State of a case; tells "edited" (detail: labels touched), "changed" and "said" (detail: a sentence). */
export class Room extends EventTarget {
  constructor(picture) {
    super();
    const { level, width } = picture.window;
    Object.assign(this, {
      picture, views: [], letters: picture.lesions.map(({ label }) => label), active: 1,
      tool: picture.affine ? "cross" : "length", version: 0,
      brush: { mm: 4, sphere: true, limited: true }, scissors: { outside: false, through: true },
      overlay: { shown: true, opacity: 0.35 }, shapes: [], points: [], pendingView: null, calibration: null,
      past: [], future: [], dirty: false, waiting: false, window: { level, width, inverted: false },
      labels: picture.affine ? new Labels(picture.sizes.reduce((a, b) => a * b)) : null,
      cross: picture.sizes.map((size) => Math.floor(size / 2)),
      answers: picture.lesions.map(({ numbers }) => ({ outcome: "", comment: "", numbers: numbers ?? null })),
    });
    this.setWindow(level, width, picture.inverted ?? false);
    this.propose();
    this.remember(picture.earlier ?? {});
    this.goTo(1);
  }

  /** Take up the answer that this case has already, by the letters of its lesions. */
  remember(earlier) {
    this.letters.forEach((letter, n) => {
      const told = earlier[letter];
      if (!told) return;
      Object.assign(this.answers[n], { outcome: told.outcome, comment: told.comment });
      this.shapes.push(...(told.drawn.shapes ?? []).map((shape) => ({ ...shape, label: n + 1 })));
      this.calibration ??= told.drawn.calibration ?? null;
      if (this.labels && told.runs.length) this.labels.replace(n + 1, told.runs);
    });
    if (this.labels) Object.assign(this.labels, { done: [], undone: [] });
  }

  /** Outline every lesion as the program proposes it. */
  propose() {
    this.picture.lesions.forEach(({ runs }, n) => { if (this.labels) this.labels.replace(n + 1, runs ?? []); });
    if (this.labels) Object.assign(this.labels, { done: [], undone: [] });
    this.version++;
  }

  redraw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.views.forEach((view) => view.draw());
    });
  }

  tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
    this.redraw();
  }

  say(sentence) {
    this.tell("said", sentence);
  }

  /** Change parts of the state that are no answer: tool, brush, overlay, ... */
  set(parts) {
    Object.assign(this, parts);
    if ("tool" in parts) this.points = [];
    this.tell("changed");
  }

  setWindow(level, width, inverted = this.window.inverted) {
    this.window = { level, width: Math.max(1, width), inverted };
    this.table = greys(level, this.window.width, this.picture.signed, this.table);
    if (inverted) this.table.forEach((rgba, n) => { this.table[n] = (rgba ^ 0xffffff) >>> 0; });
    this.tell("changed");
  }

  /** Put the crosshair on a voxel, held within the picture. */
  moveTo(voxel) {
    this.cross = voxel.map((at, axis) => Math.min(this.picture.sizes[axis] - 1, Math.max(0, Math.round(at))));
    this.tell("changed");
  }

  scroll(plane, steps) {
    this.moveTo(this.cross.map((at, axis) => (axis === plane.w ? at + steps : at)));
  }

  /** Choose a lesion (from 1) and put the crosshair on it. */
  goTo(label) {
    this.active = Math.min(this.letters.length, Math.max(1, label));
    const lesion = this.picture.lesions[this.active - 1], point = lesion?.point_mm;
    if (point && this.picture.affine) this.moveTo(fromPatient(this.picture.affine, point));
    else this.tell("changed");
  }

  answer(parts, label = this.active) {
    Object.assign(this.answers[label - 1], parts);
    if (!("numbers" in parts)) this.dirty = true;
    this.tell("changed");
  }

  /** Say that a stroke on the labels ended; nothing happens when it changed nothing. */
  stroked(touched) {
    if (!touched.length) return;
    this.past.push({ kind: "stroke" });
    this.future = [];
    this.edited(touched);
  }

  edited(touched) {
    this.version++;
    this.dirty = true;
    this.tell("edited", touched);
  }

  /** Replace the drawn calipers, areas and calibration, as one step that can be undone. */
  reshape(shapes, calibration = this.calibration) {
    const [before, after] = [{ shapes: this.shapes, calibration: this.calibration }, { shapes, calibration }];
    Object.assign(this, after);
    this.past.push({ kind: "shapes", before, after });
    this.future = [];
    this.edited([]);
  }

  /** Add a caliper or an area of the active lesion; calipers are its length, width and depth in this order. */
  addShape(kind, view, ends) {
    const own = this.shapes.filter((shape) => shape.label === this.active);
    const taken = own.map((shape) => shape.name);
    const name = kind === "area" ? "area" : NAMES.find((one) => !taken.includes(one));
    if (!name) return this.say(t`${this.letters[this.active - 1]} has length, width and depth; delete one first (Delete).`);
    const kept = this.shapes.filter((shape) => !(kind === "area" && shape.kind === "area" && shape.label === this.active));
    this.reshape([...kept, { kind, name, label: this.active, plane: view.plane.name, slice: view.slice, ends }]);
    return this.say(t`${this.letters[this.active - 1]} ${word(name)} is drawn.`);
  }

  undo() {
    const step = this.past.pop();
    if (!step) return this.say(t`There is nothing to undo.`);
    this.future.push(step);
    return this.step(step, "before", () => this.labels.undo());
  }

  redo() {
    const step = this.future.pop();
    if (!step) return this.say(t`There is nothing to do again.`);
    this.past.push(step);
    return this.step(step, "after", () => this.labels.redo());
  }

  step(step, side, stroke) {
    if (step.kind === "shapes") Object.assign(this, step[side]);
    this.edited(step.kind === "shapes" ? [] : stroke());
  }
}
